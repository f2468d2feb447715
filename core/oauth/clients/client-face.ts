import type { ApplicationEntity } from '#core/applications';
import type { ClientSettings } from './client-model.js';

/** An address in several languages, by language tag in lower case; the empty tag is for all others. */
export type AddressByLanguage = Readonly<Record<string, string>>;

/**
 * What pages show of an application beside its name (RFC 7591 §2, OpenID Connect Dynamic Registration §2). Whoever shows
 * them decides which addresses do: an application says them of itself.
 */
export interface ClientFace {
  /** Its picture. */
  readonly logo: AddressByLanguage;
  /** Its home page. */
  readonly home: AddressByLanguage;
  /** How it uses what it learns of people. */
  readonly policy: AddressByLanguage;
  /** Its terms of service. */
  readonly terms: AddressByLanguage;
}

/** The face of an application. @param registration what its client has said of itself, if it has registered itself */
export function clientFace(
  { settings: { imageUrl, accessUrl } }: Pick<ApplicationEntity, 'settings'>,
  registration: ClientSettings['registration'] = {},
): ClientFace {
  return {
    logo: byLanguage(registration, 'logo_uri', imageUrl),
    home: byLanguage(registration, 'client_uri', accessUrl),
    policy: byLanguage(registration, 'policy_uri', registration['policy_uri']),
    terms: byLanguage(registration, 'tos_uri', registration['tos_uri']),
  };
}

/** The variants `name#language` of a member, beside the address for all languages. */
function byLanguage(registration: Readonly<Record<string, unknown>>, name: string, all: unknown): AddressByLanguage {
  const variants = Object.entries(registration)
    .filter(([member]) => member.startsWith(`${name}#`))
    .map(([member, address]) => [member.slice(name.length + 1).toLowerCase(), address]);
  const known = [['', all], ...variants].filter(([, address]) => typeof address === 'string' && address !== '');
  return Object.fromEntries(known) as AddressByLanguage;
}
