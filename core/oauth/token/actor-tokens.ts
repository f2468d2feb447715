import { inject, injectable } from 'tsyringe';
import type { HttpRequest } from '#core/http';
import { token } from '#core/kernel';
import { type AccessTokens, AccessTokensToken } from '../tokens/access-tokens.js';
import type { Actor } from '../tokens/records.js';
import { type Bindings, BindingsToken } from './bindings.js';

/** Injection token of {@link ActorTokens}. */
export const ActorTokensToken = token<ActorTokens>('oauth.actor-tokens');

/** An actor token that does not count; the message is public. */
export class ActorTokenError extends Error {}

/** Tokens by which an agent shows that it is the one that will act for a user. */
@injectable()
export class ActorTokens {
  constructor(
    @inject(AccessTokensToken) private readonly tokens: AccessTokens,
    @inject(BindingsToken) private readonly bindings: Bindings,
  ) {}

  /**
   * The agent behind a token: a signed access token that this server has issued to an agent, and that is still good. To
   * what it is bound, the request that carries it has to show.
   *
   * @throws ActorTokenError
   */
  async verify(http: HttpRequest, value: string): Promise<Actor> {
    if (value.split('.').length !== 3) throw new ActorTokenError('it is not a signed JWT');
    const live = await this.tokens.find(http.organization, value);
    if (!live) throw new ActorTokenError('it was not issued by this server, or is not good any more');
    if (live.record.subjectType !== 'AGENT') throw new ActorTokenError('it is not the token of an agent');
    const { bound, subject: sub } = live.record;
    if (bound && !(await this.bindings.isCarriedBy(bound, { http, parameters: http.form, client: live.client })))
      throw new ActorTokenError('it is bound to something that the request does not show');
    return { sub };
  }
}
