import { z } from 'zod';
import type { ClaimMapping } from '#core/connections';
import { sha256Hex } from '#core/crypto';
import type { HttpRequest } from '#core/http';
import {
  type Assertion,
  AssertionError,
  type Assertions,
  type GrantRequest,
  type GrantType,
  OAuthError,
  type OwnSubjects,
  splitScopes,
  type TokenIntent,
} from '#core/oauth';
import type { StateChange, StateStore } from '#core/persistence';
import type { JwtBearerConfig } from './config.js';

const parameters = z.object({ assertion: z.string(), scope: z.string().optional() });

/** Assertions that were used, as they are kept where each is good for one use. */
const USED = 'oauth-used-assertion';

/** A user for whom somebody vouches whom the organization trusts (RFC 7523 §2.1). */
export class JwtBearerGrant implements GrantType<typeof parameters> {
  readonly grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  readonly displayName = 'JWT Bearer';
  readonly parameters = parameters;
  readonly publicClientAllowed: boolean;

  constructor(
    private readonly assertions: Assertions,
    private readonly ownSubjects: OwnSubjects,
    private readonly mapping: ClaimMapping,
    private readonly state: StateStore,
    private readonly config: JwtBearerConfig,
  ) {
    this.publicClientAllowed = config.allow_public_client;
  }

  async handle({ parameters: given, request }: GrantRequest<typeof parameters>): Promise<TokenIntent> {
    try {
      const scopes = splitScopes(given.scope);
      const assertion = await this.assertions.open(request, given.assertion);
      this.#checkAudience(assertion, request);
      this.assertions.checkTimes(assertion, this.#window);
      const changes = await this.#once(assertion, request.organization.id);
      const told = await this.#toldBy(assertion, request, scopes);
      return { ...told, scopes, refreshable: this.config.allow_refresh_tokens, idToken: true, changes };
    } catch (error) {
      throw error instanceof AssertionError ? new OAuthError('invalid_grant', error.message, { cause: error }) : error;
    }
  }

  /** How old assertions may be, in milliseconds. */
  get #window(): number | undefined {
    return this.config.enable_iat_validation ? this.config.iat_validity_period : undefined;
  }

  #checkAudience(assertion: Assertion, request: HttpRequest): void {
    const names = this.assertions.ownNames(request, assertion);
    if (assertion.audience.some((one) => names.includes(one))) return;
    throw new AssertionError(
      'audience',
      `None of the audience values matched the tokenEndpoint Alias ${names[0] ?? ''}`,
    );
  }

  /** The using up of an assertion, where it is good for one use. */
  async #once(assertion: Assertion, orgId: string): Promise<StateChange[]> {
    const { claims } = assertion;
    if (!this.config.enable_jwt_cache) return [];
    if (claims.jti === undefined)
      throw new AssertionError('incomplete', 'The JSON Web Token has no jti, which it needs to be good for one use.');
    const key = { orgId, kind: USED, id: sha256Hex(JSON.stringify([claims.iss, claims.jti])) };
    if (await this.state.get(key))
      throw new AssertionError('expired', `The JSON Web Token with the jti ${claims.jti} has been used before.`);
    return [{ claim: { ...key, value: true, expiresAt: this.assertions.goodUntil(assertion, this.#window) } }];
  }

  async #toldBy(
    assertion: Assertion,
    request: HttpRequest,
    scopes: readonly string[],
  ): Promise<Pick<TokenIntent, 'subject' | 'bound' | 'authorizationDetails' | 'subjectType'>> {
    const { issuer, claims } = assertion;
    if ('idp' in issuer) {
      const told = scopes.includes('openid') ? await this.mapping.map(issuer.idp, claims) : {};
      const { orgId, id: idp } = issuer.idp;
      const person = { kind: 'federated', orgId, idp, subject: claims.sub, claims: told } as const;
      return {
        subject: { type: 'federated', person: { ...person, groups: await this.mapping.groups(issuer.idp, claims) } },
      };
    }
    if (issuer.own === 'subject_token')
      throw new AssertionError('signature', 'A subject token is for the exchange of tokens only.');
    const { subject, record } = await this.ownSubjects.of(request, assertion);
    if (!record) return { subject };
    // What a token stands for beyond its user would get lost here.
    if (record.actor || record.accessing)
      throw new AssertionError('subject', 'The token of somebody who acts for the user has to be exchanged instead.');
    const { bound, subjectType } = record;
    if (scopes.some((scope) => !record.scopes.includes(scope))) throw new OAuthError('invalid_scope', 'Invalid Scope!');
    const { authorizationDetails = [] } = record;
    return { subject, bound, authorizationDetails, ...(subjectType === 'AGENT' ? { subjectType } : {}) };
  }
}
