import { inject, injectable } from 'tsyringe';
import type { OrganizationContext } from '#core/http';
import { token } from '#core/kernel';
import { type AccessTokens, AccessTokensToken } from '../tokens/access-tokens.js';
import type { Actor } from '../tokens/records.js';

/** Injection token of {@link ActorTokens}. */
export const ActorTokensToken = token<ActorTokens>('oauth.actor-tokens');

/** An actor token that does not count; the message is public. */
export class ActorTokenError extends Error {}

/** Tokens by which an agent shows that it is the one that will act for a user. */
@injectable()
export class ActorTokens {
  constructor(@inject(AccessTokensToken) private readonly tokens: AccessTokens) {}

  /**
   * The agent behind a token: a signed access token that this server has issued to an agent, and that is still good.
   *
   * @throws ActorTokenError
   */
  async verify(organization: OrganizationContext, value: string): Promise<Actor> {
    if (value.split('.').length !== 3) throw new ActorTokenError('it is not a signed JWT');
    const live = await this.tokens.find(organization, value);
    if (!live) throw new ActorTokenError('it was not issued by this server, or is not good any more');
    if (live.record.subjectType !== 'AGENT') throw new ActorTokenError('it is not the token of an agent');
    return { sub: live.record.subject };
  }
}
