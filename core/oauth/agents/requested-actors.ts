import { inject, injectable } from 'tsyringe';
import { type KeySets, KeySetsToken } from '#core/crypto';
import type { HttpRequest } from '#core/http';
import { type Clock, ClockToken, token } from '#core/kernel';
import { AssertionError, readJwt } from '../assertions/jwt-reading.js';
import type { AuthorizeRequest } from '../authorize/authorize-request.js';
import { OAuthError } from '../errors.js';
import { issuerOf } from '../issuer.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { type Bindings, BindingsToken } from '../token/bindings.js';
import { type AccessTokens, AccessTokensToken } from '../tokens/access-tokens.js';
import type { Actor } from '../tokens/records.js';
import { type Agents, AgentsToken } from './agents.js';

/** Injection token of {@link RequestedActors}. */
export const RequestedActorsToken = token<RequestedActors>('oauth.requested-actors');

/** Agents that a request lets act for its user: named at the beginning, proved when the code is redeemed. */
@injectable()
export class RequestedActors {
  constructor(
    @inject(AgentsToken) private readonly agents: Agents,
    @inject(AccessTokensToken) private readonly tokens: AccessTokens,
    @inject(BindingsToken) private readonly bindings: Bindings,
    @inject(KeySetsToken) private readonly keys: KeySets,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** The name of the agent of a request, for people to read; undefined without one. Throws OAuthError `invalid_request`. */
  async nameOf(
    { requestedActor, responseType }: AuthorizeRequest,
    http: Pick<HttpRequest, 'organization'>,
  ): Promise<string | undefined> {
    if (requestedActor === undefined) return undefined;
    if (responseType !== 'code')
      throw new OAuthError(
        'invalid_request',
        'An agent acts with a code only: requested_actor needs response_type=code.',
      );
    const orgId = http.organization.id;
    if (await this.agents.areElsewhere(orgId)) return requestedActor;
    const agent = await this.agents.find(orgId, requestedActor);
    if (!agent?.isActive) throw new OAuthError('invalid_request', 'Invalid requested_actor.');
    return agent.name;
  }

  /**
   * Checks that the agent itself redeems a code, by an access token of its own, in the order of the contract.
   *
   * @throws OAuthError `invalid_grant`
   */
  async prove(requestedActor: string, actorToken: string | undefined, http: HttpRequest): Promise<Actor> {
    if (actorToken === undefined) throw refused('Actor token is not provided in the request.');
    const { sub, iss } = await this.#verified(actorToken, http);
    const expected = issuerOf(http, this.options);
    if (iss !== expected) throw refused(`Invalid issuer in the actor token. Expected: ${expected}, Received: ${iss}`);
    if (sub !== requestedActor) throw anotherActor();
    const elsewhere = await this.agents.areElsewhere(http.organization.id);
    if (!elsewhere && !(await this.agents.find(http.organization.id, requestedActor))?.isActive)
      throw refused('Requested actor is not active.');
    const live = await this.tokens.find(http.organization, actorToken);
    if (!live) throw refused('Actor token has expired.');
    const { userId, actor, subjectType, bound } = live.record;
    const isAgentItself = elsewhere || (subjectType === 'AGENT' && userId === requestedActor);
    if (!isAgentItself || actor) throw anotherActor();
    const use = { http, parameters: http.form, client: live.client };
    if (bound && !(await this.bindings.isCarriedBy(bound, use)))
      throw refused('The actor token is bound to something that the request does not show.');
    return { sub };
  }

  async #verified(jwt: string, http: HttpRequest): Promise<{ readonly sub: string; readonly iss: string }> {
    const { enable_depth_validation, maximum_allowed_depth } = this.options.jwt;
    try {
      const { sub, iss, exp } = readJwt(jwt, enable_depth_validation ? maximum_allowed_depth : undefined).claims;
      if (!isText(sub) || !isText(iss) || exp === undefined)
        throw refused('Claim values are empty in the given actor token.');
    } catch (error) {
      throw error instanceof AssertionError ? refused('Error while parsing the actor token JWT.', error) : error;
    }
    const { payload } = await this.keys
      .verify(http.organization.id, jwt, { typ: 'at+jwt', clockTolerance: Number.MAX_SAFE_INTEGER })
      .catch((cause: unknown) => {
        throw refused('Signature or message authentication invalid for actor token.', cause);
      });
    const { sub, iss, exp, nbf } = payload;
    const now = this.clock.now() / 1000;
    if (exp === undefined || exp <= now || (nbf ?? 0) > now + this.options.timestamp_skew / 1000)
      throw refused('Actor token has expired.');
    return { sub: String(sub), iss: String(iss) };
  }
}

const anotherActor = () => refused('Actor token subject does not match the requested actor.');
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const refused = (description: string, cause?: unknown) => new OAuthError('invalid_grant', description, { cause });
