import { claimUri, type User, type UserService } from '#core/users';
import type { MailServer } from '../../../support/mail-server.js';
import { peersAllowed } from '../../notifications/notification-calls.js';

/** Settings of a server that sends its mail to one of the test's own. */
export const sendingTo = ({ authorityFile, port }: MailServer): string => `${peersAllowed(authorityFile)}
[output_adapter.email]
from_address = "no-reply@shop.example"
hostname = "localhost"
port = ${port}
enable_authentication = false
`;

/** URI of a claim of the identity data. */
export const identityClaim = (name: string): string => claimUri(`identity/${name}`);

/** What a try to sign in comes to: `accepted`, or why not. */
export async function attempt(users: UserService, { orgId, username }: User, password: string): Promise<string> {
  const result = await users.authenticate(orgId, username, password);
  return result.outcome === 'rejected' ? result.reason : result.outcome;
}

/** Tries a wrong password again and again. */
export async function failing(users: UserService, user: User, times: number): Promise<void> {
  for (let n = 0; n < times; n++) await attempt(users, user, 'wrong');
}

/** First values of the identity data of a user. @param names of identity claims */
export async function stateOf(users: UserService, { orgId, id }: User, names: readonly string[]) {
  const claims = await users.readClaims(orgId, id, names.map(identityClaim));
  return Object.fromEntries(names.map((name) => [name, claims[identityClaim(name)]?.[0]]));
}
