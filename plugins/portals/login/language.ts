/** At most so many wishes are looked at. */
const MAX_WISHES = 20;

/**
 * Chooses the language of a page: what the application asked for, else what the browser prefers, else English.
 *
 * @param available language tags that there are texts for, in lower case: `en`, `de`
 * @param uiLocales tags in the order of preference, separated by spaces, as OpenID Connect has it
 * @param acceptLanguage header of the same name
 */
export function chooseLanguage(
  available: readonly string[],
  uiLocales: string | undefined,
  acceptLanguage: string | undefined,
): string {
  const wishes = [...(uiLocales ?? '').split(/\s+/), ...preferencesOf(acceptLanguage ?? '')];
  for (const wish of wishes.slice(0, MAX_WISHES)) {
    const found = matching(available, wish);
    if (found !== undefined) return found;
  }
  return 'en';
}

function preferencesOf(header: string): string[] {
  return header
    .split(',', MAX_WISHES)
    .map((entry) => {
      const [tag = '', ...parameters] = entry.split(';').map((part) => part.trim());
      const weight = parameters.find((parameter) => parameter.startsWith('q='));
      return { tag, weight: weight === undefined ? 1 : Number(weight.slice(2)) };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
}

/** `de-AT` is served by `de-at`, else by `de`. */
function matching(available: readonly string[], wish: string): string | undefined {
  const tag = wish.toLowerCase().replaceAll('_', '-');
  return [tag, tag.split('-')[0] as string].find((candidate) => available.includes(candidate));
}
