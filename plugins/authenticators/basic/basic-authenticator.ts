import type { Authenticator, AuthenticatorFlow, AuthenticatorOutcome, Prompt } from '#core/authentication';
import type { RateLimits } from '#core/http';
import { type AuthenticationOutcome, folded, qualifiedName, type UserService } from '#core/users';
import type { FailureReasons } from './config.js';

/** User name and password. After an identifier step it asks for the password only. */
export class BasicAuthenticator implements Authenticator {
  readonly name = 'BasicAuthenticator';
  readonly displayName = 'Username & Password';
  readonly kind = 'LOCAL';
  readonly tags = ['Username-Password'];
  readonly needsUser = false;

  constructor(
    private readonly users: UserService,
    private readonly limits: RateLimits,
    private readonly reasons: FailureReasons,
  ) {}

  async begin({ identifier, user, loginHint }: AuthenticatorFlow): Promise<Prompt> {
    const known = user?.username ?? identifier;
    const username = {
      name: 'username',
      type: 'text',
      label: 'username',
      autocomplete: 'username',
      required: true,
    } as const;
    const password = {
      name: 'password',
      type: 'password',
      label: 'password',
      autocomplete: 'current-password',
      required: true,
    } as const;
    const remember = { name: 'chkRemember', type: 'checkbox', label: 'remember.me' } as const;
    const fields = known === undefined ? [username, password, remember] : [password, remember];
    return {
      page: 'login',
      fields,
      data: { ...(known === undefined ? {} : { identifier: known }), ...(loginHint ? { loginHint } : {}) },
    };
  }

  async verify(
    { orgId, identifier, user }: AuthenticatorFlow,
    input: Readonly<Record<string, string>>,
  ): Promise<AuthenticatorOutcome> {
    const username = user ? qualifiedName(user) : (identifier ?? (input['username'] ?? '').trim());
    const password = input['password'] ?? '';
    if (username === '' || password === '' || username.length > 255 || password.length > 1024) {
      return { outcome: 'rejected', code: 'login.fail.message', reason: 'incomplete' };
    }
    const account = `${orgId}:${folded(username)}`;
    await this.limits.checkAccount(account);
    // Whoever is known already is named by the server; the sequence ends with a step that has expired passwords changed.
    const options = { identifier: user === undefined, acceptsExpired: true };
    const result = await this.users.authenticate(orgId, username, password, options);
    if (result.outcome === 'authenticated') {
      await this.limits.succeeded(account);
      return result;
    }
    await this.limits.failed(account);
    return { outcome: 'rejected', ...this.#told(result, username), reason: result.reason, user: result.user };
  }

  /** What the page is told of a failure: by default always the same. */
  #told(result: Rejected, failedUsername: string): { code: string; details?: Record<string, string> } {
    const code = 'login.fail.message';
    const { showAuthFailureReason, showAuthFailureReasonOnLoginPage } = this.reasons;
    if (!showAuthFailureReason) return { code };
    const { number, text } = failures[result.reason];
    const { lockedReason } = result;
    const errorCode = lockedReason === undefined ? number : `${number}:${lockedReason}`;
    const more = lockedReason === undefined ? {} : { lockedReason };
    return {
      code: showAuthFailureReasonOnLoginPage ? text : code,
      details: { errorCode, failedUsername, ...more },
    };
  }
}

type Rejected = Extract<AuthenticationOutcome, { readonly outcome: 'rejected' }>;

/** Published numbers of failures, and the texts of the page. */
const failures: Readonly<Record<Rejected['reason'], { readonly number: string; readonly text: string }>> = {
  unknown_user: { number: '17001', text: 'user.unknown' },
  bad_credential: { number: '17002', text: 'login.fail.message' },
  locked: { number: '17003', text: 'account.locked' },
  disabled: { number: '17004', text: 'account.disabled' },
  password_expired: { number: '17002', text: 'login.fail.message' },
};
