import type { Entry, SearchOptions } from 'ldapts';
import { type Logger, reasonOf } from '#core/kernel';
import type { LdapConnection } from '../connection/ldap-connection.js';

/** What is needed to follow. */
export interface ReferralWay {
  readonly allowed: (url: URL) => boolean;
  readonly connect: (url: URL) => Promise<LdapConnection>;
  readonly logger: Logger;
  readonly store: string;
}

/** Servers that one search may lead to. */
const MOST_REFERRALS = 5;

/**
 * Entries of the servers that a search refers to (RFC 4511 section 4.5.3). One hop only: what those refer to is left
 * out. A server that cannot be asked is left out as well, and the log says so.
 */
export async function entriesReferredTo(
  references: readonly string[],
  options: SearchOptions,
  { allowed, connect, logger, store }: ReferralWay,
): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  for (const reference of references.slice(0, MOST_REFERRALS)) {
    const url = URL.canParse(reference) ? new URL(reference) : undefined;
    if (!url || !allowed(url)) {
      logger.warn({ store, server: url?.host }, 'a referral is not followed: the server would send its password there');
      continue;
    }
    let connection: LdapConnection | undefined;
    try {
      connection = await connect(url);
      const base = decodeURIComponent(url.pathname.slice(1));
      found.push(...(await connection.client.search(base, { ...options, paged: true })).searchEntries);
    } catch (error) {
      logger.warn({ store, server: url.host, err: reasonOf(error) }, 'a referral cannot be followed');
    } finally {
      connection?.close();
    }
  }
  if (references.length > MOST_REFERRALS) logger.warn({ store, count: references.length }, 'too many referrals');
  return found;
}
