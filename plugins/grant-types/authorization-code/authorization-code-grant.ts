import { z } from 'zod';
import { sha256Hex } from '#core/crypto';
import {
  type CodeRecord,
  type GrantRequest,
  type Grants,
  type GrantType,
  KINDS,
  OAuthError,
  type RequestedActors,
  type TokenIntent,
  type UsedRecord,
} from '#core/oauth';
import { consume, type StateStore } from '#core/persistence';
import type { UserService } from '#core/users';
import { checkVerifier } from './pkce.js';

const parameters = z.object({
  code: z.string().max(512),
  redirect_uri: z.string().optional(),
  code_verifier: z.string().optional(),
  actor_token: z.string().optional(),
});

/** How long the use of a code is remembered, in milliseconds: a replay within it ends what the code has given. */
const REMEMBERED_MS = 86_400_000;

/** Authorization code (RFC 6749 §4.1.3), bound to client, redirect URI and PKCE challenge, good for one use. */
export class AuthorizationCodeGrant implements GrantType<typeof parameters> {
  readonly grantType = 'authorization_code';
  readonly displayName = 'Code';
  readonly parameters = parameters;

  constructor(
    private readonly state: StateStore,
    private readonly grants: Grants,
    private readonly users: UserService,
    private readonly now: () => number,
    readonly publicClientAllowed: boolean,
    private readonly refreshesImpersonated: boolean,
    private readonly actors: RequestedActors,
  ) {}

  async handle({
    parameters: { code: value, redirect_uri, code_verifier, actor_token },
    client,
    request,
  }: GrantRequest<typeof parameters>): Promise<TokenIntent> {
    const orgId = request.organization.id;
    const key = { orgId, kind: KINDS.code, id: sha256Hex(value) };
    const code = await this.state.get<CodeRecord>(key);
    if (!code) throw await this.#unknown(orgId, key.id);
    try {
      const { clientId, tokensValidFrom } = client.entity;
      if (code.grant.clientId !== clientId || code.grant.createdAt < tokensValidFrom)
        throw new OAuthError('invalid_grant', 'Invalid authorization code received from token request');
      if (code.redirectUri !== redirect_uri) throw new OAuthError('invalid_grant', 'Callback url mismatch');
      checkVerifier(code, code_verifier, client.settings.pkce.mandatory);
    } catch (error) {
      // A code that was presented wrongly may have been stolen: it is used up.
      await consume(this.state, key);
      throw error;
    }
    const user = await this.users.findById(orgId, code.grant.userId);
    if (!user || !(await this.users.isUsable(user)))
      throw new OAuthError('invalid_grant', 'Inactive authorization code received from token request');
    const { actor } = code.grant;
    const agent =
      code.requestedActor === undefined
        ? undefined
        : await this.actors.prove(code.requestedActor, actor_token, request);
    const used: UsedRecord = { grantId: code.grantId };
    return {
      subject: { type: 'user', user },
      scopes: code.grant.scopes,
      scopesGranted: true,
      refreshable: this.refreshesImpersonated || actor === undefined,
      // An agent of somebody who acts for the user acts for that one.
      actor: agent && actor ? { ...agent, act: actor } : (agent ?? actor),
      idToken: true,
      authentication: code.grant.authentication,
      nonce: code.nonce,
      consentedClaims: code.grant.consentedClaims,
      wantsAuthTime: code.grant.wantsAuthTime,
      claims: code.grant.claims,
      resources: code.grant.resources,
      authorizationDetails: code.grant.authorizationDetails,
      grantId: code.grantId,
      bound: code.grant.bound,
      dpopJkt: code.dpopJkt,
      changes: [
        { consume: key },
        { put: { orgId, kind: KINDS.usedCode, id: key.id, value: used, expiresAt: this.now() + REMEMBERED_MS } },
      ],
    };
  }

  /** A second use of a code ends everything that the first has given (RFC 6749 §4.1.2, RFC 9700 §2.1.1). */
  async #unknown(orgId: string, id: string): Promise<OAuthError> {
    const used = await this.state.get<UsedRecord>({ orgId, kind: KINDS.usedCode, id });
    if (!used) return new OAuthError('invalid_grant', 'Invalid authorization code received from token request');
    await this.grants.revoke(orgId, used.grantId, 'code-replay');
    return new OAuthError('invalid_grant', 'Inactive authorization code received from token request');
  }
}
