import type { HttpRequest } from '#core/http';
import { SUPER_ORGANIZATION } from '#core/organizations';

/**
 * Whether `htu` names the address of a request (RFC 9449 §4.3): without query and fragment, compared after
 * normalization (RFC 3986 §6.2.2), and without regard to case, as the contract has it.
 */
export function isAddressOf(htu: string, { origin, organization, path }: HttpRequest): boolean {
  const named = normalized(htu);
  if (named === undefined) return false;
  const { prefix } = organization;
  // The super organization can be named in a path, and usually is not.
  const prefixes = prefix.startsWith('/t/') ? [prefix] : [prefix, `/t/${SUPER_ORGANIZATION.handle}${prefix}`];
  return prefixes.some((one) => normalized(origin + one + path) === named);
}

function normalized(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return undefined;
  const path = url.pathname.replace(/%[0-9a-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : encoded;
  });
  return (url.origin + path).toLowerCase();
}
