/** What the page says where browsers run no scripts. It has no texts of a portal: it has to be there without any. */
const texts = {
  en: {
    title: 'Back to the application',
    lead: 'Choose “Continue” to go back to the application.',
    button: 'Continue',
  },
  de: {
    title: 'Zurück zur Anwendung',
    lead: 'Wählen Sie „Weiter“, um zur Anwendung zurückzukehren.',
    button: 'Weiter',
  },
} as const;

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** The language that a browser names first of those that there are texts for; browsers name them by preference. */
function languageOf(acceptLanguage = ''): keyof typeof texts {
  const [, found] = /(?:^|[,\s])(de|en)(?![a-z])/i.exec(acceptLanguage) ?? [];
  return found?.toLowerCase() === 'de' ? 'de' : 'en';
}

/**
 * A page whose form posts itself, or is sent by a button where no scripts run (OAuth 2.0 Form Post Response Mode §4).
 *
 * @param action where the form leads
 * @param nonce of the script, for the policy of the page
 * @param acceptLanguage header of the request
 */
export function formPostPage(
  action: string,
  parameters: Readonly<Record<string, string>>,
  nonce: string,
  acceptLanguage: string | undefined,
): string {
  const language = languageOf(acceptLanguage);
  const { title, lead, button } = texts[language];
  const inputs = Object.entries(parameters).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${title}</title></head><body><main>
<noscript><h1>${title}</h1><p>${lead}</p></noscript>
<form method="post" action="${escapeHtml(action)}">${inputs.join('')}<noscript><button type="submit">${button}</button></noscript></form>
</main><script nonce="${nonce}">document.forms[0].submit()</script></body></html>`;
}
