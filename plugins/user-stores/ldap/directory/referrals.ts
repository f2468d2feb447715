import { type Client, Control, type Entry, type SearchOptions } from 'ldapts';
import { type Logger, reasonOf } from '#core/kernel';
import { answered, RESULT } from '../connection/failures.js';
import type { LdapConnection } from '../connection/ldap-connection.js';
import type { ConnectionSettings } from '../settings/ldap-settings.js';
import { isWithin, parentOf } from './distinguished-name.js';

/** What is needed to follow. */
export interface ReferralWay {
  readonly connect: (url: URL) => Promise<LdapConnection>;
  readonly logger: Logger;
  readonly store: string;
}

/** Servers that one search may lead to. */
const MOST_REFERRALS = 5;
/** Names above a base that are looked at for the entry that refers. */
const MOST_ABOVE = 20;
/** Asks for entries that refer as for any other (RFC 3296). */
const MANAGE_DSA_IT = '2.16.840.1.113730.3.4.2';

/** A search ended at a referral, and the settings say that this is an error. */
export class ReferralMet extends Error {}

/** What a search refers to (RFC 4511 sections 4.1.10 and 4.5.3). */
export class Referrals {
  constructor(
    private readonly settings: ConnectionSettings,
    private readonly way: ReferralWay,
  ) {}

  /**
   * Entries of the servers that a search refers to, as far as the settings want them. One hop only: what those refer to
   * is left out. A server that cannot be asked is left out as well, and the log says so.
   *
   * @param base where a reference leads that names no place of its own
   * @throws ReferralMet when the settings say so
   */
  async followed(references: readonly string[], base: string, options: SearchOptions): Promise<readonly Entry[]> {
    const { logger, store, connect } = this.way;
    if (references.length === 0 || this.settings.referral === 'ignore') return [];
    if (this.settings.referral === 'throw') throw new ReferralMet();
    const found: Entry[] = [];
    for (const reference of references.slice(0, MOST_REFERRALS)) {
      const url = URL.canParse(reference) ? new URL(reference) : undefined;
      if (!url || !this.#isAllowed(url)) {
        logger.warn(
          { store, server: url?.host },
          'a referral is not followed: the server would send its password there',
        );
        continue;
      }
      let connection: LdapConnection | undefined;
      try {
        connection = await connect(url);
        const place = decodeURIComponent(url.pathname.slice(1)) || base;
        const paged = options.scope !== 'base';
        found.push(...(await connection.client.search(place, { ...options, paged })).searchEntries);
      } catch (error) {
        logger.warn({ store, server: url.host, err: reasonOf(error) }, 'a referral cannot be followed');
      } finally {
        connection?.close();
      }
    }
    if (references.length > MOST_REFERRALS) logger.warn({ store, count: references.length }, 'too many referrals');
    return found;
  }

  /**
   * What a base refers to that lies on another server, for which a search is answered with a referral and nothing else.
   * The client does not show what stands in such an answer, so the entry is read that it comes from: the base, or one
   * above it.
   */
  async ofBase(client: Client, base: string): Promise<readonly string[]> {
    let above = base;
    for (let step = 0; above !== '' && step < MOST_ABOVE; step++) {
      const references = await referencesAt(client, above);
      if (references.length > 0) return references.map((one) => belowReference(one, base, above));
      above = parentOf(above);
    }
    return [];
  }

  /** The password of the server goes along: only to a server of the settings, or one that proves who it is. */
  #isAllowed(url: URL): boolean {
    const { urls, startTls } = this.settings;
    if (urls.some(({ host, protocol }) => host === url.host && protocol === url.protocol)) return true;
    return url.protocol === 'ldaps:' || (startTls && url.protocol === 'ldap:');
  }
}

async function referencesAt(client: Client, dn: string): Promise<readonly string[]> {
  try {
    const control = new Control(MANAGE_DSA_IT, { critical: true });
    const { searchEntries } = await client.search(dn, { scope: 'base', attributes: ['ref'] }, control);
    return [searchEntries[0]?.['ref'] ?? []].flat().map(String);
  } catch (error) {
    if (answered(error, RESULT.noSuchObject, RESULT.referral, RESULT.insufficientAccess)) return [];
    throw error;
  }
}

/** The reference with the part of the base that lies below the entry that refers. */
function belowReference(reference: string, base: string, above: string): string {
  if (base === above || !URL.canParse(reference) || !isWithin(base, above)) return reference;
  const url = new URL(reference);
  const below = base.slice(0, base.length - above.length);
  url.pathname = `/${encodeURIComponent(below + decodeURIComponent(url.pathname.slice(1)))}`;
  return url.href;
}
