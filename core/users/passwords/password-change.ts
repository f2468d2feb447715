import { inject, injectable } from 'tsyringe';
import { ApiError, type Principal, type RateLimits, RateLimitsToken } from '#core/http';
import { token } from '#core/kernel';
import { folded } from '../stores/value-keys.js';
import type { KeptAccess, User } from '../user.js';
import { type UserService, UserServiceToken } from '../user.service.js';

/** Injection token of {@link PasswordChange}. */
export const PasswordChangeToken = token<PasswordChange>('users.password-change');
/** Injection token of {@link PasswordChangeOptions}. */
export const PasswordChangeOptionsToken = token<PasswordChangeOptions>('users.password-change-options');

/** What the operator decides. */
export interface PasswordChangeOptions {
  /** Whether the session and the token by which a user changes the password go on. */
  readonly preserve_current_session: boolean;
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
    @inject(PasswordChangeOptionsToken) private readonly options: PasswordChangeOptions,
  ) {}

  /** What goes on when whoever makes this request changes the own password: nothing for those who send the password. */
  keptFor({ authenticatedBy, sessionId, grantId }: Principal): KeptAccess | undefined {
    if (!this.options.preserve_current_session || authenticatedBy === 'basic') return undefined;
    return { sessionId, grantId };
  }

  /**
   * Changes the password of a user who knows the current one. Wrong ones count like those of a sign-in.
   *
   * @throws TooManyRequestsError after too many wrong ones
   */
  async change(user: User, current: string, password: string, kept?: KeptAccess): Promise<PasswordChangeOutcome> {
    if (current === '' || current.length > LONGEST) return { outcome: 'wrong_current' };
    const account = `${user.orgId}:${folded(user.username)}`;
    await this.limits.checkAccount(account);
    const name = `${user.domain}/${user.username}`;
    const result = await this.users.authenticate(user.orgId, name, current, { acceptsExpired: true });
    if (result.outcome === 'rejected' || result.user.id !== user.id) {
      await this.limits.failed(account);
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
