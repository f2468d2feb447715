import type { Authenticator, AuthenticatorFlow, AuthenticatorOutcome, Prompt, PromptField } from '#core/authentication';
import {
  type FieldRules,
  type PasswordChange,
  type PasswordChangeOutcome,
  type PasswordExpiry,
  qualifiedName,
  type ValidationRules,
} from '#core/users';

/** What the authenticator is made of. */
export interface EnforcerParts {
  readonly expiry: PasswordExpiry;
  readonly passwords: PasswordChange;
  readonly rules: ValidationRules;
}

const field = (name: string, label: string, autocomplete: string): PromptField => ({
  name,
  type: 'password',
  label,
  autocomplete,
  required: true,
});
const fields = [
  field('CURRENT_PWD', 'current.password', 'current-password'),
  field('NEW_PWD', 'new.password', 'new-password'),
  field('NEW_PWD_CONFIRMATION', 'new.password.confirmation', 'new-password'),
];

/** Has a user whose password has expired set a new one. Passed over while it has not. */
export class PasswordResetEnforcer implements Authenticator {
  readonly name = 'password-reset-enforcer';
  readonly displayName = 'Password Reset Enforcer';
  readonly kind = 'LOCAL';
  readonly tags: readonly string[] = [];
  readonly needsUser = true;

  constructor(private readonly parts: EnforcerParts) {}

  async applies({ user }: AuthenticatorFlow): Promise<boolean> {
    return user === undefined || this.parts.expiry.isExpired(user);
  }

  async begin({ orgId, user }: AuthenticatorFlow): Promise<Prompt> {
    const requirements = JSON.stringify(requirementsIn(await this.parts.rules.of(orgId, 'password')));
    const data = { requirements, ...(user ? { identifier: qualifiedName(user) } : {}) };
    return { page: 'password_reset_enforcer', fields: user ? fields : [], data };
  }

  async verify({ user }: AuthenticatorFlow, input: Readonly<Record<string, string>>): Promise<AuthenticatorOutcome> {
    if (!user)
      return {
        outcome: 'refused',
        reason: 'no_user',
        message: 'No earlier step of this sign-in authenticates the user.',
      };
    const { CURRENT_PWD: current = '', NEW_PWD: password = '', NEW_PWD_CONFIRMATION: again = '' } = input;
    const rejected = (code: string) =>
      ({ outcome: 'rejected', code, reason: code.replaceAll('.', '_'), user }) as const;
    if (current === '' || password === '') return rejected('password.incomplete');
    if (password !== again) return rejected('password.mismatch');
    const result = await this.parts.passwords.change(user, current, password);
    if (result.outcome === 'changed') return { outcome: 'authenticated', user };
    if (result.outcome === 'not_settable')
      return {
        outcome: 'refused',
        reason: 'not_settable',
        message: 'The password of this user cannot be changed here.',
      };
    return rejected(failureOf(result));
  }
}

function failureOf(result: Exclude<PasswordChangeOutcome, { readonly outcome: 'changed' }>): string {
  if (result.outcome === 'same') return 'password.same';
  if (result.outcome !== 'refused') return 'password.current.wrong';
  return result.error.code === '22001' ? 'password.history' : 'password.policy';
}

/** What the password has to be like, for the page to say before anything is typed. */
function requirementsIn({ rules = [] }: FieldRules): readonly object[] {
  return rules.map(({ validator, properties }) => {
    const of = (beginning: string) => properties.find(({ key }) => key.startsWith(beginning))?.value;
    return { validator, least: of('min.'), most: of('max.') };
  });
}
