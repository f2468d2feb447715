import type { Authenticator, AuthenticatorFlow, AuthenticatorOutcome, Prompt } from '#core/authentication';
import type { UserService } from '#core/users';

/** Identifier first: asks only who it is. By default it does not tell whether that user exists. */
export class IdentifierAuthenticator implements Authenticator {
  readonly name = 'IdentifierExecutor';
  readonly displayName = 'Identifier First';
  readonly kind = 'LOCAL';
  readonly tags: readonly string[] = [];
  readonly needsUser = false;
  readonly identifiesOnly = true;

  constructor(
    private readonly users: UserService,
    private readonly validate: boolean,
  ) {}

  async begin({ loginHint }: AuthenticatorFlow): Promise<Prompt> {
    const username = {
      name: 'username',
      type: 'text',
      label: 'username',
      autocomplete: 'username',
      required: true,
    } as const;
    return {
      page: 'login',
      fields: [username],
      data: { identifierFirst: 'true', ...(loginHint ? { loginHint } : {}) },
    };
  }

  async verify({ orgId }: AuthenticatorFlow, input: Readonly<Record<string, string>>): Promise<AuthenticatorOutcome> {
    const identifier = (input['username'] ?? input['usernameUserInput'] ?? '').trim();
    if (identifier === '' || identifier.length > 255)
      return { outcome: 'rejected', code: 'username.missing', reason: 'incomplete' };
    if (this.validate && !(await this.users.findBySignInName(orgId, identifier))) {
      return { outcome: 'rejected', code: 'user.unknown', reason: 'unknown_user' };
    }
    return { outcome: 'identified', identifier };
  }
}
