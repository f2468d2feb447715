import { BasicStrategy } from 'passport-http';
import { type AuditLog, masked } from '#core/audit';
import { type Principal, type RateLimits, requestOf } from '#core/http';
import { token } from '#core/kernel';
import { folded } from './stores/value-keys.js';
import type { User } from './user.js';
import type { UserService } from './user.service.js';

/** Scopes that a user has by its roles; bound by the room of access. */
export interface UserScopes {
  of(user: User): Promise<ReadonlySet<string>>;
}

/** Injection token of {@link UserScopes}. */
export const UserScopesToken = token<UserScopes>('users.scopes');

/** Guard of the management APIs by name and password of a user of the organization (RFC 7617). */
export function basicStrategy(parts: {
  readonly users: UserService;
  readonly scopes: () => UserScopes;
  readonly limits: RateLimits;
  readonly audit: AuditLog;
}): BasicStrategy {
  const verify = async (message: unknown, name: string, password: string): Promise<Principal | false> => {
    const { organization, ip } = requestOf(message);
    const account = `${organization.id}:${folded(name)}`;
    await parts.limits.tryFrom(ip);
    await parts.limits.checkAccount(account);
    const result = await parts.users.authenticate(organization.id, name, password);
    if (result.outcome === 'rejected') {
      await parts.limits.failed(account);
      const id = result.user?.id ?? 'unknown';
      await parts.audit.record({
        orgId: organization.id,
        action: 'LoginStepFailed',
        initiatorId: id,
        targetId: id,
        targetType: 'User',
        data: { authenticator: 'basic', reason: result.reason, username: masked(name) },
      });
      return false;
    }
    await parts.limits.succeeded(account);
    const { user } = result;
    return {
      type: 'User',
      id: user.id,
      orgId: user.orgId,
      name: user.username,
      authenticatedBy: 'basic',
      scopes: await parts.scopes().of(user),
    };
  };
  return new BasicStrategy({ realm: 'Gatehouse', passReqToCallback: true }, (message, name, password, done) => {
    verify(message, name, password).then(
      (principal) => done(null, principal),
      (error: unknown) => done(error),
    );
  });
}
