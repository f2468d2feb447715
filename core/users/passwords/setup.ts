import { z } from 'zod';
import { Routes } from '#core/http';
import { ClockToken, flag, type SetupContext, settings, wholeNumber } from '#core/kernel';
import { GovernanceConnectors } from '../governance/governance-connector.js';
import { UserServiceToken } from '../user.service.js';
import { AccountGuards, UserRules } from '../user-rules.js';
import { ExpiredPasswords, ExpiredPasswordsToken } from './expired-passwords.js';
import { expiredPasswordRoutes } from './expired-passwords.routes.js';
import { PasswordChange, PasswordChangeOptionsToken, PasswordChangeToken } from './password-change.js';
import { passwordChangeRoutes } from './password-change.routes.js';
import { passwordConnectors } from './password-connectors.js';
import { PasswordExpiry, PasswordExpiryToken } from './password-expiry.js';
import { PasswordHistory } from './password-history.js';
import { PasswordPolicy } from './password-policy.js';
import { ValidationOptionsToken, ValidationRules, ValidationRulesToken } from './validation-rules.js';
import { validationRulesRoutes } from './validation-rules.routes.js';

/** `[identity_mgt.password_policy]` */
export const PasswordPolicySettings = settings(
  'identity_mgt.password_policy',
  z.strictObject({
    max_password_allowed_length: wholeNumber(8, 1024)
      .prefault(64)
      .describe(
        'Longest password that the rules of an organization may allow, and do allow unless it decides otherwise',
      ),
  }),
);

/** `[password_update]` */
export const PasswordUpdateSettings = settings(
  'password_update',
  z.strictObject({
    preserve_logged_in_session: flag()
      .prefault(false)
      .describe(
        'Whether the session and the token by which a user changes the own password go on; organizations can decide otherwise',
      ),
  }),
);

/** `[input_validation.username]` */
export const UsernameValidationSettings = settings(
  'input_validation.username',
  z.strictObject({
    enabled: flag().prefault(false).describe('Whether organizations have validation rules for user names, too'),
  }),
);

/** Wires the rules of passwords; what needs the users waits until they are there. */
export function setUpPasswords({ container, contribute, settings: read }: SetupContext<unknown>): void {
  container.provideValue(ValidationOptionsToken, {
    longestPassword: read(PasswordPolicySettings).max_password_allowed_length,
    usernames: read(UsernameValidationSettings).enabled,
  });
  container.provideValue(PasswordChangeOptionsToken, read(PasswordUpdateSettings));
  container.provide(ValidationRulesToken, ValidationRules);
  container.provide(PasswordExpiryToken, PasswordExpiry);
  container.provide(ExpiredPasswordsToken, ExpiredPasswords);
  container.provide(PasswordChangeToken, PasswordChange);
  for (const connector of passwordConnectors) contribute(GovernanceConnectors, connector.name, connector);
  contribute(UserRules, 'password-policy', container.build(PasswordPolicy));
  contribute(UserRules, 'password-z-history', container.build(PasswordHistory));
  // It asks for roles, which belong to a room that is set up later.
  const expiry = () => container.get(PasswordExpiryToken);
  contribute(AccountGuards, 'password-expiry', { hasExpired: (user) => expiry().hasExpired(user) });
  contribute(Routes, 'validation-rules', validationRulesRoutes(container.get(ValidationRulesToken)));
  const expired = () => container.get(ExpiredPasswordsToken);
  contribute(Routes, 'password-expired-users', expiredPasswordRoutes(expired, expiry, container.get(ClockToken)));
}

/** Wires what users themselves do with their passwords. */
export function setUpPasswordChange({ container, contribute }: SetupContext<unknown>): void {
  const parts = [container.get(PasswordChangeToken), container.get(UserServiceToken)] as const;
  contribute(Routes, 'password-change', passwordChangeRoutes(...parts));
}
