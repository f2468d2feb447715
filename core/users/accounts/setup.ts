import { Routes } from '#core/http';
import { ClockToken, type RunningPlugin, type SetupContext } from '#core/kernel';
import { OutboxHandlers } from '#core/persistence';
import { GovernanceConnectors } from '../governance/governance-connector.js';
import { OrganizationValueEntity } from '../governance/organization-value.entity.js';
import { setUpGovernance } from '../governance/setup.js';
import { Accounts2026112100560 } from '../migrations/0006-accounts.js';
import { Factors2026112100640 } from '../migrations/0007-factors.js';
import { Secrets2026112100641 } from '../migrations/0008-secrets.js';
import { PasswordHistoryEntity } from '../passwords/password-history.entity.js';
import {
  PasswordPolicySettings,
  PasswordUpdateSettings,
  setUpPasswordChange,
  setUpPasswords,
  UsernameValidationSettings,
} from '../passwords/setup.js';
import { UserServiceToken } from '../user.service.js';
import { AccountGuards, UserRules } from '../user-rules.js';
import { AccountGuardsToken } from './account-checks.js';
import { accountConnectors, IdentifierSettings, IdleSettings, LockSettings } from './account-connectors.js';
import { AccountLock, FactorTriesToken } from './account-lock.js';
import { ACCOUNT_MAIL_TOPIC, AccountMails, AccountMailsToken } from './account-mails.js';
import { AccountStates } from './account-states.js';
import { IdleAccounts, IdleAccountsToken } from './idle-accounts.js';
import { idleAccountRoutes } from './idle-accounts.routes.js';
import { LoginTries, LoginTriesToken } from './login-tries.js';
import { LoginTryEntity } from './login-try.entity.js';
import { PersonalData, PersonalDataSources, PersonalDataSourcesToken, PersonalDataToken } from './personal-data.js';
import { personalDataRoutes } from './personal-data.routes.js';
import { SignInTimes, SignInTimesToken } from './sign-in-times.js';

/** What the room declares for accounts and their passwords. */
export const accounts = {
  settings: [
    LockSettings,
    IdentifierSettings,
    IdleSettings,
    PasswordPolicySettings,
    PasswordUpdateSettings,
    UsernameValidationSettings,
  ],
  entities: [OrganizationValueEntity, LoginTryEntity, PasswordHistoryEntity],
  migrations: [Accounts2026112100560, Factors2026112100640, Secrets2026112100641],
} as const;

/** How often it is looked whether a day's work on idle accounts is to be done. */
const LOOK_MS = 10 * 60_000;

/** Wires states of accounts; what needs the users waits until they are there. */
export function setUpAccounts(context: SetupContext<unknown>): void {
  const { container, contribute, extensions, settings: read } = context;
  setUpGovernance(context);
  const defaults = { lock: read(LockSettings), identifiers: read(IdentifierSettings) };
  for (const connector of accountConnectors(defaults)) contribute(GovernanceConnectors, connector.name, connector);
  container.provideLazily(AccountGuardsToken, () => extensions(AccountGuards));
  container.provideLazily(PersonalDataSourcesToken, () => extensions(PersonalDataSources));
  container.provide(LoginTriesToken, LoginTries);
  container.provide(SignInTimesToken, SignInTimes);
  container.provide(AccountMailsToken, AccountMails);
  container.provide(IdleAccountsToken, IdleAccounts);
  container.provide(PersonalDataToken, PersonalData);
  contribute(UserRules, 'account-states', container.build(AccountStates));
  const lock = container.build(AccountLock);
  container.provideValue(FactorTriesToken, lock);
  contribute(AccountGuards, 'account-lock', lock);
  contribute(AccountGuards, 'sign-in-times', container.get(SignInTimesToken));
  setUpPasswords(context);
}

/** Wires what is done with accounts, by users and by itself. @param stores what has to run for it */
export function runAccounts(context: SetupContext<unknown>, stores: RunningPlugin): RunningPlugin {
  const { container, contribute } = context;
  setUpPasswordChange(context);
  contribute(OutboxHandlers, ACCOUNT_MAIL_TOPIC, container.get(AccountMailsToken));
  const idle = container.get(IdleAccountsToken);
  const times = container.get(SignInTimesToken);
  const clock = container.get(ClockToken);
  contribute(Routes, 'idle-account-identification', idleAccountRoutes(idle));
  const personal = [container.get(PersonalDataToken), container.get(UserServiceToken)] as const;
  contribute(Routes, 'personal-data', personalDataRoutes(...personal));
  const from = context.settings(IdleSettings).trigger_time;
  let timer: NodeJS.Timeout | undefined;
  return {
    ...stores,
    async start() {
      await stores.start?.();
      times.start();
      timer = setInterval(() => void idle.look(clock.now(), from), LOOK_MS);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await times.stop();
      await stores.stop?.();
    },
  };
}
