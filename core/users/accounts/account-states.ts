import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { ApiError } from '#core/http';
import { type Clock, ClockToken, type EventBus, EventBusToken } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { IDENTITY_CLAIMS } from '../claims/claim-model.js';
import { GovernanceService, GovernanceServiceToken } from '../governance/governance.service.js';
import { IdentityDataRepository } from '../identity-data.repository.js';
import { type AccountChange, AccountChanged, type User, type UserClaims } from '../user.js';
import type { ChangedBy, RuleOutcome, UserCreation, UserRule } from '../user-rules.js';
import { DISABLE_HANDLER } from './account-connectors.js';
import { type LoginTries, LoginTriesToken } from './login-tries.js';

/** What is known of the state of an account, by name of the identity data. */
export type AccountState = Readonly<Record<string, string>>;

/** Whether a lock is in force: one without a time that can be read holds until somebody opens it. */
export function isLockedNow(state: AccountState, now: number): boolean {
  const until = Number(state['unlockTime'] ?? 0);
  return state['accountLocked'] === 'true' && !(until !== 0 && until <= now);
}

const of = (name: string) => IDENTITY_CLAIMS + name;
const [LOCKED, DISABLED, STATE] = [of('accountLocked'), of('accountDisabled'), of('accountState')] as const;
/** What a lock leaves behind when somebody opens it: nothing. */
const COUNTERS = [
  'failedLoginAttempts',
  'failedLoginLockoutCount',
  'failedTotpAttempts',
  'failedBackupCodeAttempts',
  'failedEmailOtpAttempts',
  'failedSmsOtpAttempts',
  'failedPushAuthAttempts',
];
/** What only the server itself and administrators decide on. */
const NOT_FOR_USERS = [
  ...['accountLocked', 'accountDisabled', 'accountState', 'lockedReason', 'unlockTime'],
  ...COUNTERS,
  ...['failedLoginAttemptsBeforeSuccess', 'failedPasswordRecoveryAttempts'],
  ...['lastLoginTime', 'lastLogonTime', 'lastPasswordUpdateTime'],
];
const STATE_NAMES = ['accountLocked', 'accountDisabled', 'accountState', 'unlockTime'];
/** Locks that end when an administrator sets a password. */
const AWAIT_PASSWORD = ['PENDING_ASK_PASSWORD', 'PENDING_ADMIN_FORCED_USER_PASSWORD_RESET'];

/**
 * Keeps what is written of the state of accounts in agreement: whoever locks, disables or opens one, `accountState`,
 * `lockedReason` and the counters follow.
 */
@injectable()
export class AccountStates implements UserRule {
  constructor(
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
    @inject(GovernanceServiceToken) private readonly governance: GovernanceService,
    @inject(LoginTriesToken) private readonly tries: LoginTries,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(EventBusToken) private readonly events: EventBus,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  async create({ orgId, claims, by }: UserCreation): Promise<RuleOutcome> {
    return { claims: await this.#settled(orgId, {}, claims, by) };
  }

  async claims(user: User, changes: UserClaims, by: ChangedBy): Promise<RuleOutcome | undefined> {
    const names = NOT_FOR_USERS.filter((name) => of(name) in changes);
    if (names.length === 0) return undefined;
    const current = await this.identityData.read(user.orgId, user.id, NOT_FOR_USERS);
    if (by === 'user') refuseOwn(names, current, changes);
    if (!(LOCKED in changes) && !(DISABLED in changes) && !(STATE in changes)) return undefined;
    return this.#outcome(user, current, changes, by);
  }

  async password(user: User, _password: string, by: ChangedBy): Promise<RuleOutcome | undefined> {
    if (by !== 'administrator') return undefined;
    const current = await this.identityData.read(user.orgId, user.id, NOT_FOR_USERS);
    if (!AWAIT_PASSWORD.includes(current['lockedReason'] ?? '')) return undefined;
    return this.#outcome(user, current, { [LOCKED]: ['false'] }, 'server');
  }

  /** Locks an account of the server's own accord, in a unit of work, unless it is locked already. */
  async lock(user: User, { reason: lockedReason, lasts, isFurther = false }: Lock, more: Counters): Promise<void> {
    const { orgId, id } = user;
    const now = this.clock.now();
    await this.database.run(async () => {
      const current = await this.identityData.read(orgId, id, STATE_NAMES);
      if (isLockedNow(current, now)) return;
      const unlockTime = lasts === undefined ? undefined : String(now + lasts);
      const accountState = kept(current) ?? 'LOCKED';
      await this.identityData.write(orgId, id, {
        ...{ accountLocked: 'true', accountState, lockedReason, unlockTime },
        ...more,
      });
      await this.#happened({ user, change: 'locked', reason: lockedReason, lasts, isFurther });
    });
  }

  /**
   * Takes a lock away whose time is over. Whether it was this call that did it: not when somebody else has opened or
   * locked the account meanwhile.
   *
   * @param unlockTime of the lock, as it is written
   */
  async open(user: User, unlockTime: string): Promise<boolean> {
    const { orgId, id } = user;
    return this.database.run(async () => {
      if (!(await this.identityData.take(orgId, id, 'unlockTime', unlockTime))) return false;
      const accountState = kept(await this.identityData.read(orgId, id, STATE_NAMES)) ?? 'UNLOCKED';
      await this.identityData.write(orgId, id, { accountLocked: 'false', accountState, lockedReason: undefined });
      await this.#happened({ user, change: 'unlocked', reason: 'time-over' });
      return true;
    });
  }

  async #outcome(user: User, current: AccountState, changes: UserClaims, by: ChangedBy): Promise<RuleOutcome> {
    const claims = await this.#settled(user.orgId, current, changes, by);
    const happened = changesIn(user, current, claims, by);
    const write = async () => {
      if (claims[LOCKED]?.[0] === 'false') await this.tries.restart(user);
      for (const one of happened) await this.#happened(one);
    };
    return { claims, write };
  }

  /** Tells of a change, in the unit of work that makes it. */
  async #happened(happened: AccountChange): Promise<void> {
    const { user, change, reason, lasts } = happened;
    const data = { reason, ...(lasts === undefined ? {} : { lasts }) };
    const target = { targetId: user.id, targetType: 'User' };
    await this.audit.record({ orgId: user.orgId, action: ACTIONS[change], ...target, data });
    await this.events.publish(AccountChanged, happened);
  }

  /** What is written of the state when claims are changed so. */
  async #settled(orgId: string, current: AccountState, changes: UserClaims, by: ChangedBy): Promise<UserClaims> {
    const locked = switched(changes, LOCKED);
    const disabled = switched(changes, DISABLED);
    if (disabled === true && current['accountDisabled'] !== 'true' && by !== 'server') await this.#mayDisable(orgId);
    const isLocked = locked ?? current['accountLocked'] === 'true';
    const isDisabled = disabled ?? current['accountDisabled'] === 'true';
    const usable = isLocked ? 'LOCKED' : 'UNLOCKED';
    const plain = isDisabled ? 'DISABLED' : usable;
    const given = by === 'server' ? changes[STATE] : undefined;
    const pending = locked === undefined && disabled === undefined ? current['accountState'] : undefined;
    return {
      [STATE]: given ?? [pending ?? plain],
      ...(locked === undefined ? {} : { [LOCKED]: [String(locked)] }),
      ...(disabled === undefined ? {} : { [DISABLED]: [String(disabled)] }),
      ...(locked === true ? lockedClaims(current, changes, by) : {}),
      ...(locked === false && current['accountLocked'] === 'true' ? openedClaims(current) : {}),
    };
  }

  /** @throws ApiError 400 when the organization does not disable accounts */
  async #mayDisable(orgId: string): Promise<void> {
    if (await this.governance.isOn(orgId, DISABLE_HANDLER, `${DISABLE_HANDLER}.enable`)) return;
    throw new ApiError(
      'SUO-60010',
      400,
      'The account cannot be disabled.',
      'Account disabling is off. Switch the governance connector account.disable.handler on first.',
    );
  }
}

/** Counters that are written with a lock. */
type Counters = Readonly<Record<string, string>>;
/** A lock of the server's own accord. */
type Lock = Pick<AccountChange, 'reason' | 'lasts' | 'isFurther'>;

/** What the audit log calls them. */
const ACTIONS: Readonly<Record<AccountChange['change'], string>> = {
  locked: 'lock-account',
  unlocked: 'unlock-account',
  disabled: 'Account Disable',
  enabled: 'Account Enable',
};

/** The state that a lock neither makes nor ends: somebody is disabled, or has yet to confirm something. */
function kept({ accountDisabled, accountState = '' }: AccountState): string | undefined {
  if (accountDisabled === 'true') return 'DISABLED';
  return accountState.startsWith('PENDING_') ? accountState : undefined;
}

/** What claims change of an account. A lock that had an end and now has none is a change, too. */
function changesIn(user: User, before: AccountState, after: UserClaims, by: ChangedBy): readonly AccountChange[] {
  const [locked, disabled] = [after[LOCKED]?.[0], after[DISABLED]?.[0]];
  const wasLocked = before['accountLocked'] === 'true';
  const changes: AccountChange[] = [];
  if (locked === 'true' && !(wasLocked && !before['unlockTime']))
    changes.push({ user, change: 'locked', reason: after[of('lockedReason')]?.[0] ?? '' });
  if (locked === 'false' && wasLocked) changes.push({ user, change: 'unlocked', reason: by });
  if (disabled !== undefined && disabled !== (before['accountDisabled'] ?? 'false'))
    changes.push({ user, change: disabled === 'true' ? 'disabled' : 'enabled', reason: by });
  return changes;
}

function openedClaims(current: AccountState): UserClaims {
  const counters = COUNTERS.filter((name) => current[name] !== undefined).map((name) => [of(name), ['0']] as const);
  return { [of('lockedReason')]: [], [of('unlockTime')]: [], ...Object.fromEntries(counters) };
}

/** What goes with a lock: why, and until when. A lock that runs out by itself becomes one that does not. */
function lockedClaims(current: AccountState, changes: UserClaims, by: ChangedBy): UserClaims {
  const given = by === 'server' ? changes[of('lockedReason')] : undefined;
  const before = current['accountLocked'] === 'true' && !current['unlockTime'] ? current['lockedReason'] : undefined;
  return {
    [of('lockedReason')]: given ?? [before ?? 'ADMIN_INITIATED'],
    [of('unlockTime')]: changes[of('unlockTime')] ?? [],
  };
}

/** A switch among the changes; taking its value away switches it off. @throws ApiError 400 for another value */
function switched(changes: UserClaims, uri: string): boolean | undefined {
  const values = changes[uri];
  if (!values) return undefined;
  const text = (values[0] ?? 'false').trim().toLowerCase();
  if (values.length <= 1 && (text === 'true' || text === 'false')) return text === 'true';
  throw new ApiError('SUO-60011', 400, 'Invalid value.', `The value of ${uri} has to be true or false.`);
}

/** @throws ApiError 403 when a user changes what only others may */
function refuseOwn(names: readonly string[], current: AccountState, changes: UserClaims): void {
  const changed = names.filter((name) => (changes[of(name)]?.[0] ?? '') !== (current[name] ?? ''));
  if (changed.length === 0) return;
  throw new ApiError(
    'SUO-60012',
    403,
    'Forbidden.',
    `Users cannot change these values of their own accounts: ${changed.join(', ')}.`,
  );
}
