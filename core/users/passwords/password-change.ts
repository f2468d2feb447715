import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { ApiError, type Principal, type RateLimits, RateLimitsToken } from '#core/http';
import { token } from '#core/kernel';
import { type OrganizationValues, OrganizationValuesToken } from '../governance/organization-values.js';
import { folded } from '../stores/value-keys.js';
import { type KeptAccess, qualifiedName, type User } from '../user.js';
import { type UserService, UserServiceToken } from '../user.service.js';

/** Injection token of {@link PasswordChange}. */
export const PasswordChangeToken = token<PasswordChange>('users.password-change');
/** Injection token of {@link PasswordChangeOptions}. */
export const PasswordChangeOptionsToken = token<PasswordChangeOptions>('users.password-change-options');

/** Topic of what organizations decide on sessions, and the name of {@link PasswordChange.preservesSession} there. */
export const SESSION_VALUES = 'sessions';
export const PRESERVE_SESSION = 'preserveCurrentSessionAtPasswordUpdate';

/** What holds where an organization has not decided. */
export interface PasswordChangeOptions {
  readonly preserve_logged_in_session: boolean;
}

/** What became of a change. */
export type PasswordChangeOutcome =
  | { readonly outcome: 'changed' }
  | { readonly outcome: 'wrong_current' | 'same' | 'not_settable' }
  /** The new password breaks a rule; the error says which. */
  | { readonly outcome: 'refused'; readonly error: ApiError };

/** Longest password that is looked at at all. */
const LONGEST = 1024;

/** Users who set a new password and prove that they know the old one. */
@injectable()
export class PasswordChange {
  constructor(
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(RateLimitsToken) private readonly limits: RateLimits,
    @inject(OrganizationValuesToken) private readonly values: OrganizationValues,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(PasswordChangeOptionsToken) private readonly options: PasswordChangeOptions,
  ) {}

  /** Whether the session and the token by which a user of an organization changes the password go on. */
  async preservesSession(orgId: string): Promise<boolean> {
    const set = (await this.values.of(orgId, SESSION_VALUES))[PRESERVE_SESSION];
    return set === undefined ? this.options.preserve_logged_in_session : set === 'true';
  }

  /** What goes on when whoever makes this request changes the own password: nothing for those who send the password. */
  async keptFor({ orgId, authenticatedBy, sessionId, grantId }: Principal): Promise<KeptAccess | undefined> {
    if (authenticatedBy === 'basic' || !(await this.preservesSession(orgId))) return undefined;
    return { sessionId, grantId };
  }

  /**
   * Changes the password of a user who knows the current one. Wrong ones count like those of a sign-in.
   *
   * @throws TooManyRequestsError after too many wrong ones
   */
  async change(user: User, current: string, password: string, kept?: KeptAccess): Promise<PasswordChangeOutcome> {
    if (current === '' || current.length > LONGEST) return { outcome: 'wrong_current' };
    const account = `${user.orgId}:${folded(qualifiedName(user))}`;
    await this.limits.checkAccount(account);
    const name = `${user.domain}/${user.username}`;
    const result = await this.users.authenticate(user.orgId, name, current, { acceptsExpired: true });
    if (result.outcome === 'rejected' || result.user.id !== user.id) {
      await this.limits.failed(account);
      const reason = result.outcome === 'rejected' ? result.reason : 'another_user';
      const { orgId, id } = user;
      const data = { reason };
      await this.audit.record({ orgId, action: 'credential-update-failed', targetId: id, targetType: 'User', data });
      return { outcome: 'wrong_current' };
    }
    await this.limits.succeeded(account);
    if (password === current) return { outcome: 'same' };
    if (password.length > LONGEST) return { outcome: 'refused', error: tooLong() };
    try {
      await this.users.setPassword(user.orgId, user.id, password, 'user', kept);
      return { outcome: 'changed' };
    } catch (error) {
      if (!(error instanceof ApiError) || error.status >= 500) throw error;
      return error.status === 403 ? { outcome: 'not_settable' } : { outcome: 'refused', error };
    }
  }
}

const tooLong = () =>
  new ApiError('20035', 400, 'Password policy violation.', `Passwords have at most ${LONGEST} characters.`);
