import { z } from 'zod';
import type { HttpRequest } from '#core/http';
import {
  type AccessTokenRecord,
  type Assertion,
  AssertionError,
  type Assertions,
  type GrantRequest,
  type GrantType,
  type ImpersonatedExchange,
  type OAuthClient,
  OAuthError,
  type OAuthOptions,
  type OwnSubjects,
  splitScopes,
  type TokenIntent,
} from '#core/oauth';
import type { Audiences } from './audiences.js';
import type { TokenExchangeConfig } from './config.js';
import type { Delegation } from './delegation.js';
import type { LocalAccounts } from './local-accounts.js';
import { issuedTypeOf, refuseBrowserApplication, TOKEN_TYPES } from './token-types.js';

const parameters = z.object({
  subject_token: z.string(),
  subject_token_type: z.string().max(255),
  requested_token_type: z.string().max(255).optional(),
  actor_token: z.string().optional(),
  actor_token_type: z.string().max(255).optional(),
  audience: z.string().max(1024).optional(),
  scope: z.string().optional(),
});

type Given = z.output<typeof parameters>;

/** What exchanges are made of. */
export interface ExchangeParts {
  readonly assertions: Assertions;
  readonly ownSubjects: OwnSubjects;
  readonly localAccounts: LocalAccounts;
  readonly delegation: Delegation;
  readonly impersonation: ImpersonatedExchange;
  readonly audiences: Audiences;
  readonly options: OAuthOptions;
}

/** Exchanges tokens of trusted issuers, and of this server, for others (RFC 8693). */
export class TokenExchangeGrant implements GrantType<typeof parameters> {
  readonly grantType = 'urn:ietf:params:oauth:grant-type:token-exchange';
  readonly displayName = 'Token Exchange';
  readonly parameters = parameters;
  readonly publicClientAllowed: boolean;

  constructor(
    private readonly parts: ExchangeParts,
    private readonly config: TokenExchangeConfig,
  ) {
    this.publicClientAllowed = config.allow_public_client;
  }

  async handle({ parameters: given, client, request }: GrantRequest<typeof parameters>): Promise<TokenIntent> {
    const issuedTokenType = issuedTypeOf(given, client);
    refuseBrowserApplication(client);
    try {
      const assertion = await this.parts.assertions.open(request, given.subject_token);
      const isImpersonation = 'own' in assertion.issuer && assertion.issuer.own === 'subject_token';
      const intent = await (isImpersonation
        ? this.#impersonated(given, assertion, client, request)
        : this.#intent(given, assertion, client, request));
      const resources = await this.parts.audiences.of(given.audience, client, request);
      return { ...intent, ...(resources ? { resources } : {}), issuedTokenType };
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error;
      throw new OAuthError(error.fault === 'audience' ? 'invalid_target' : 'invalid_request', error.message, {
        cause: error,
      });
    }
  }

  async #intent(given: Given, assertion: Assertion, client: OAuthClient, http: HttpRequest): Promise<TokenIntent> {
    checkKind(given, assertion);
    this.parts.assertions.checkTimes(assertion, this.#window);
    this.#checkAudience(assertion, client, http);
    const { idp } = assertion.issuer as { readonly idp?: Parameters<LocalAccounts['subjectOf']>[1] };
    const found = idp
      ? { subject: await this.parts.localAccounts.subjectOf(client, idp, assertion), record: undefined }
      : await this.parts.ownSubjects.of(http, assertion);
    const { record } = found;
    if (record?.accessing) throw new AssertionError('subject', 'A token for another organization cannot be exchanged.');
    const { actor_token: token, actor_token_type: type } = given;
    const delegated =
      token !== undefined && type !== undefined
        ? await this.parts.delegation.actor(http, client, record, { token, type })
        : { actor: record?.actor, bound: record?.bound };
    return {
      ...delegated,
      // Never more than the user has agreed to.
      ...(record ? { authorizationDetails: record.authorizationDetails ?? [] } : {}),
      subject: found.subject,
      scopes: scopesOf(given.scope, record),
      refreshable: this.#refreshable(delegated.actor !== undefined),
      idToken: true,
      ...(record?.subjectType === 'AGENT' ? { subjectType: record.subjectType } : {}),
    };
  }

  async #impersonated(given: Given, subject: Assertion, client: OAuthClient, http: HttpRequest): Promise<TokenIntent> {
    checkKind(given, subject);
    const { actor_token: actorToken, actor_token_type: actorTokenType, scope } = given;
    const asked = { subject, actorToken, actorTokenType, scope };
    const intent = await this.parts.impersonation.intent(http, client, asked);
    // The target has agreed to nothing.
    return { ...intent, authorizationDetails: [], refreshable: this.#refreshable(true), idToken: true };
  }

  #refreshable(isActedFor: boolean): boolean {
    return this.config.allow_refresh_tokens && (!isActedFor || this.parts.options.impersonated_refresh_token.enable);
  }

  get #window(): number | undefined {
    return this.config.enable_iat_validation ? this.config.iat_validity_period : undefined;
  }

  /** A subject token is for this server; an access token of this server may also be for the client that has it. */
  #checkAudience(assertion: Assertion, client: OAuthClient, http: HttpRequest): void {
    const { assertions } = this.parts;
    const names = [...assertions.ownNames(http, assertion), assertions.issuerOf(http)];
    if ('own' in assertion.issuer && assertion.issuer.own === 'access_token') names.push(client.entity.clientId);
    if (!assertion.audience.some((one) => names.includes(one)))
      throw new AssertionError('audience', 'Invalid audience values provided');
  }
}

/** What is said of the kind of the subject token has to be true, where this server can tell. */
function checkKind({ subject_token_type: type, actor_token }: Given, { issuer, claims }: Assertion): void {
  if ('own' in issuer) {
    if (type === TOKEN_TYPES.accessToken && issuer.own !== 'access_token')
      throw new AssertionError('signature', 'The subject token is no access token.');
  } else if (claims['may_act'] !== undefined && actor_token !== undefined)
    throw new AssertionError('audience', 'Who may act for a user is for this server to say, not for another issuer.');
}

/** Never more than a token of this server had before. */
function scopesOf(scope: string | undefined, record: AccessTokenRecord | undefined): readonly string[] {
  const asked = splitScopes(scope);
  if (!record) return asked;
  return asked.length === 0 ? record.scopes : asked.filter((one) => record.scopes.includes(one));
}
