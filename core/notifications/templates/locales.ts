const pattern = /^([A-Za-z]{2,3})(?:[_-]([A-Za-z]{4}))?(?:[_-]([A-Za-z]{2}|\d{3}))?$/;

/** The last resort of every choice. */
const LAST = 'en_US';

/** The usual form of a locale, `de`, `en_US`, `zh_Hant_TW`; of `EN-us` too. Undefined when the text is no locale. */
export function localeOf(text: string): string | undefined {
  const parts = pattern.exec(text.trim());
  if (!parts) return undefined;
  const [, language = '', script, region] = parts;
  const inForm = script && `${script.charAt(0).toUpperCase()}${script.slice(1).toLowerCase()}`;
  return [language.toLowerCase(), inForm, region?.toUpperCase()].filter(Boolean).join('_');
}

const languageOf = (locale: string) => locale.split('_')[0];

/**
 * Orders locales for someone: the wanted one, others of its language, then the same for the default, then English, then
 * whatever is there.
 *
 * @param wanted what is known of the person, in any form; what is no locale counts as nothing
 */
export function inOrderOfPreference(
  available: readonly string[],
  wanted: string | undefined,
  fallback: string,
): readonly string[] {
  const ordered = new Set<string>();
  for (const text of [wanted, fallback, LAST]) {
    const locale = localeOf(text ?? '');
    if (!locale) continue;
    const sameLanguage = available.filter((one) => languageOf(one) === languageOf(locale)).sort();
    for (const one of [locale, languageOf(locale) ?? '', ...sameLanguage])
      if (available.includes(one)) ordered.add(one);
  }
  return [...ordered, ...available.filter((one) => !ordered.has(one)).sort()];
}
