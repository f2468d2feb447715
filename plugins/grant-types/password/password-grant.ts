import { z } from 'zod';
import { type AuditLog, masked } from '#core/audit';
import type { RateLimits } from '#core/http';
import { type GrantRequest, type GrantType, OAuthError, splitScopes, type TokenIntent } from '#core/oauth';
import type { AuthenticationOutcome, UserService } from '#core/users';
import type { PasswordGrantConfig } from './config.js';

const parameters = z.object({
  username: z.string().max(255),
  password: z.string().max(1024),
  scope: z.string().optional(),
});

/**
 * Resource owner password credentials (RFC 6749 §4.3): for clients that cannot open a browser. No second factor can be
 * asked for here, so applications have to be given it on purpose; RFC 9700 §2.4 advises against it.
 */
export class PasswordGrant implements GrantType<typeof parameters> {
  readonly grantType = 'password';
  readonly displayName = 'Password';
  readonly parameters = parameters;
  readonly publicClientAllowed: boolean;

  constructor(
    private readonly users: UserService,
    private readonly limits: RateLimits,
    private readonly audit: AuditLog,
    private readonly config: PasswordGrantConfig,
  ) {
    this.publicClientAllowed = config.allow_public_client;
  }

  async handle({
    parameters: { username, password, scope },
    request,
    client,
  }: GrantRequest<typeof parameters>): Promise<TokenIntent> {
    const { organization, ip } = request;
    const name = withoutTenant(username, organization.handle);
    const account = `${organization.id}:${name.toLowerCase()}`;
    await this.limits.tryFrom(ip);
    await this.limits.checkAccount(account);
    const result = await this.users.authenticate(organization.id, name, password, { identifier: true });
    if (result.outcome === 'rejected') {
      await this.limits.failed(account);
      await this.audit.record({
        orgId: organization.id,
        action: 'LoginStepFailed',
        initiatorId: result.user?.id ?? 'unknown',
        targetId: result.user?.id ?? 'unknown',
        targetType: 'User',
        data: {
          grantType: this.grantType,
          reason: result.reason,
          username: masked(name),
          relyingParty: client.entity.clientId,
        },
      });
      throw this.#refused(username, result);
    }
    await this.limits.succeeded(account);
    return {
      subject: { type: 'user', user: result.user },
      scopes: splitScopes(scope),
      refreshable: true,
      idToken: true,
    };
  }

  #refused(username: string, result: Rejected): OAuthError {
    const told = this.config.show_auth_failure_reason ? reasonOf(result) : '';
    return new OAuthError('invalid_grant', `Authentication failed for ${username}${told}`);
  }
}

type Rejected = Extract<AuthenticationOutcome, { readonly outcome: 'rejected' }>;

/** What is told of an account that may not be used, with the published code. */
function reasonOf({ reason, lockedReason }: Rejected): string {
  const why = lockedReason === undefined ? '' : `:${lockedReason}`;
  if (reason === 'locked') return `: the account is locked (17003${why})`;
  if (reason === 'disabled') return ': the account is disabled (17004)';
  return reason === 'password_expired' ? ': the password has expired' : '';
}

/** The name without `@tenant`, when it names the tenant of the application; otherwise as it is, for it may be an address. */
function withoutTenant(username: string, handle: string): string {
  const ending = `@${handle}`;
  return username.toLowerCase().endsWith(ending.toLowerCase()) ? username.slice(0, -ending.length) : username;
}
