import type { Authenticator, AuthenticatorFlow, AuthenticatorOutcome, Prompt } from '#core/authentication';
import type { RateLimits } from '#core/http';
import type { UserService } from '#core/users';

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
    const username = user?.username ?? identifier ?? (input['username'] ?? '').trim();
    const password = input['password'] ?? '';
    if (username === '' || password === '' || username.length > 255 || password.length > 1024) {
      return { outcome: 'rejected', code: 'login.fail.message', reason: 'incomplete' };
    }
    const account = `${orgId}:${username.toLowerCase()}`;
    await this.limits.checkAccount(account);
    const result = await this.users.authenticate(orgId, username, password);
    if (result.outcome === 'authenticated') {
      await this.limits.succeeded(account);
      return result;
    }
    await this.limits.failed(account);
    return { outcome: 'rejected', code: 'login.fail.message', reason: result.reason, user: result.user };
  }
}
