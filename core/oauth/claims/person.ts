import type { User, UserClaims } from '#core/users';

/** A user of another server, known here only by what that server has said. Plain data. */
export interface FederatedPerson {
  readonly kind: 'federated';
  readonly orgId: string;
  /** Id of the connection to the other server. */
  readonly idp: string;
  /** `sub` there. */
  readonly subject: string;
  /** By local claim URI, as the claim mapping of the connection gives them. */
  readonly claims: UserClaims;
  /** Ids of the groups of the connection that the server says it is in; none when absent. */
  readonly groups?: readonly string[] | undefined;
}

/** Whoever a token is about: a user of a store, or one of another server. */
export type Person = User | FederatedPerson;

/** Whether someone is known only by the word of another server. */
export const isFederated = (person: Person): person is FederatedPerson => 'kind' in person;

/** The id under which grants know a person. */
export const personId = (person: Person): string =>
  isFederated(person) ? `${person.idp}:${person.subject}`.slice(0, 255) : person.id;
