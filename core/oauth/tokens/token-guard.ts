import { inject, injectable } from 'tsyringe';
import type { HttpRequest, OrganizationContext } from '#core/http';
import { type Soon, token } from '#core/kernel';
import { challengeOf, OAuthError } from '../errors.js';
import { type Bindings, BindingsToken } from '../token/bindings.js';
import { type AccessTokens, AccessTokensToken, type LiveToken } from './access-tokens.js';
import type { Bound, GrantRecord } from './records.js';

/** Injection token of the guard of protected resources. */
export const TokenGuardToken = token<TokenGuard>('oauth.token-guard');

/** An access token as a request carries it. */
export interface PresentedToken {
  readonly scheme: 'Bearer' | 'DPoP';
  readonly value: string;
}

/** The access token in the header of a request (RFC 6750 §2.1, RFC 9449 §7.1). */
export function presentedToken(http: HttpRequest): PresentedToken | undefined {
  const parts = /^(bearer|dpop) +(\S+)$/i.exec(http.headers.authorization ?? '');
  if (!parts) return undefined;
  const [, scheme = '', value = ''] = parts;
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', value };
}

/** Decides whether an access token opens a protected resource of this server. */
@injectable()
export class TokenGuard {
  constructor(
    @inject(AccessTokensToken) private readonly tokens: AccessTokens,
    @inject(BindingsToken) private readonly bindings: Bindings,
  ) {}

  /**
   * The token, when it is good and the request shows that to which it is bound.
   *
   * @throws OAuthError 401 with a challenge of the scheme that the request uses
   */
  async admit(http: HttpRequest, presented: PresentedToken): Promise<LiveToken> {
    const { scheme, value } = presented;
    try {
      const live = await this.tokens.find(http.organization, value);
      // A bound token that comes as a bearer token was taken from someone, or would be as good as unbound.
      if (!live || scheme !== this.bindings.schemeOf(live.record.bound)) throw invalid();
      if (live.record.bound) await this.#checkShown(http, live.record.bound, live, value);
      return live;
    } catch (error) {
      if (!(error instanceof OAuthError) || error.code === 'server_error') throw error;
      const { code, message } = error;
      const challenge = challengeOf(scheme, code, message, this.bindings.challengeOf(scheme));
      const headers = { ...error.headers, 'WWW-Authenticate': challenge };
      throw new OAuthError(code, message, { status: 401, headers, cause: error });
    }
  }

  /** The grant from which a token has come, if anything is kept of it. */
  grantOf(organization: OrganizationContext, live: LiveToken): Soon<GrantRecord | undefined> {
    return this.tokens.grantOf(organization.id, live);
  }

  async #checkShown(http: HttpRequest, bound: Bound, { client }: LiveToken, accessToken: string): Promise<void> {
    const parameters = new URLSearchParams([...http.query, ...http.form]);
    if (!(await this.bindings.isShown(bound, { http, parameters, client, accessToken }))) throw invalid();
  }
}

const invalid = () => new OAuthError('invalid_token', 'Access token validation failed');
