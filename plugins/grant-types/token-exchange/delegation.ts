import type { HttpRequest } from '#core/http';
import {
  type AccessTokenRecord,
  type Actor,
  AssertionError,
  type Assertions,
  type OAuthClient,
  OAuthError,
  type OwnSubjects,
  type TokenIntent,
} from '#core/oauth';
import { TOKEN_TYPES } from './token-types.js';

/** How many may act for each other in a row. */
const LONGEST_CHAIN = 5;

/** What a delegation adds to a token: who acts, and to what the token is bound. */
export type Delegated = Pick<TokenIntent, 'actor' | 'bound'>;

const actorTypes: readonly string[] = [TOKEN_TYPES.accessToken, TOKEN_TYPES.jwt];

/** Lets somebody act for the subject of a token (RFC 8693 §1.1): who acted before stands below (`act`). */
export class Delegation {
  constructor(
    private readonly assertions: Assertions,
    private readonly ownSubjects: OwnSubjects,
  ) {}

  /**
   * Who acts, once the actor has shown a token of its own.
   *
   * @param before what is known of the subject token, when it is one of this server
   * @throws AssertionError for an actor token that is not good; OAuthError when the chain of actors gets too long
   */
  async actor(
    http: HttpRequest,
    client: OAuthClient,
    before: Delegated | undefined,
    { token, type }: { readonly token: string; readonly type: string },
  ): Promise<Delegated> {
    if (!actorTypes.includes(type))
      throw new OAuthError('invalid_request', `Unsupported actor token type : ${type} provided`);
    const record = await this.#record(http, client, token);
    const sub = record.userId as string;
    const actor = passedOn(before?.actor, sub);
    if (lengthOf(actor) > LONGEST_CHAIN)
      throw new OAuthError('invalid_request', `At most ${LONGEST_CHAIN} can act for each other in a row.`);
    return { actor, bound: boundTogether(before?.bound, record.bound) };
  }

  /** The token of the actor: an access token of this server, alive, and given to this client or meant for this server. */
  async #record(http: HttpRequest, client: OAuthClient, token: string): Promise<AccessTokenRecord> {
    const assertion = await this.assertions.open(http, token);
    if (!('own' in assertion.issuer) || assertion.issuer.own !== 'access_token')
      throw new AssertionError('subject', 'The actor token has to be an access token that this server has issued.');
    this.assertions.checkTimes(assertion);
    const known = [...this.assertions.ownNames(http, assertion), client.entity.clientId];
    if (!assertion.audience.some((one) => known.includes(one)))
      throw new AssertionError('audience', 'The actor token is not for this client.');
    const { record, subject } = await this.ownSubjects.of(http, assertion);
    if (!record || subject.type !== 'user')
      throw new AssertionError('subject', 'The actor token is not that of a user of this organization.');
    // Who acts for somebody else cannot pass that on as if it were the other one who acts.
    if (record.actor) throw new AssertionError('subject', 'The actor token is one by which somebody else acts.');
    return record;
  }
}

/** A bound token stays bound, and two that are exchanged together have to be bound to the same. */
function boundTogether(subject: Delegated['bound'], actor: Delegated['bound']): Delegated['bound'] {
  if (subject && actor && (subject.type !== actor.type || subject.value !== actor.value))
    throw new OAuthError('invalid_request', 'Subject token and actor token are bound to different keys.');
  return subject ?? actor;
}

/** The same actor again is no further one. */
function passedOn(previous: Actor | undefined, sub: string): Actor {
  if (previous === undefined) return { sub };
  return previous.sub === sub ? previous : { sub, act: previous };
}

function lengthOf(actor: Actor): number {
  let length = 1;
  for (let next = actor.act; next !== undefined; next = next.act) length++;
  return length;
}
