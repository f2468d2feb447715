import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { ApiError } from '#core/http';
import { type Database, DatabaseToken } from '#core/persistence';
import { IDENTITY_CLAIMS } from '../claims/claim-model.js';
import { GovernanceService, GovernanceServiceToken } from '../governance/governance.service.js';
import { IdentityDataRepository, type IdentityValue } from '../identity-data.repository.js';
import type { User, UserClaims } from '../user.js';
import type { ChangedBy, RuleOutcome, UserCreation, UserRule } from '../user-rules.js';
import { DISABLE_HANDLER } from './account-connectors.js';
import { type LoginTries, LoginTriesToken } from './login-tries.js';

/** What is known of the state of an account, by name of the identity data. */
export type AccountState = Readonly<Record<string, string>>;

/** Whether a lock is in force: one without a time holds until somebody opens it. */
export function isLockedNow(state: AccountState, now: number): boolean {
  const until = Number(state['unlockTime'] ?? 0);
  return state['accountLocked'] === 'true' && (until === 0 || until > now);
}

const of = (name: string) => IDENTITY_CLAIMS + name;
const [LOCKED, DISABLED, STATE] = [of('accountLocked'), of('accountDisabled'), of('accountState')] as const;
/** What only the server itself and administrators decide on. */
const NOT_FOR_USERS = [
  'accountLocked',
  'accountDisabled',
  'accountState',
  'lockedReason',
  'unlockTime',
  'failedLoginAttempts',
  'failedLoginAttemptsBeforeSuccess',
  'failedLoginLockoutCount',
  'lastLoginTime',
  'lastLogonTime',
  'lastPasswordUpdateTime',
];
/** Locks that end when an administrator sets a password. */
const AWAIT_PASSWORD = ['PENDING_ASK_PASSWORD', 'PENDING_ADMIN_FORCED_USER_PASSWORD_RESET'];
/** What a lock leaves behind when it is opened: nothing. */
const OPENED = { lockedReason: [], unlockTime: [], failedLoginAttempts: ['0'], failedLoginLockoutCount: ['0'] };

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
    const claims = await this.#settled(user.orgId, current, changes, by);
    const opens = claims[LOCKED]?.[0] === 'false';
    return { claims, ...(opens ? { write: () => this.tries.restart(user) } : {}) };
  }

  async password(user: User, _password: string, by: ChangedBy): Promise<RuleOutcome | undefined> {
    if (by !== 'administrator') return undefined;
    const current = await this.identityData.read(user.orgId, user.id, NOT_FOR_USERS);
    if (!AWAIT_PASSWORD.includes(current['lockedReason'] ?? '')) return undefined;
    return { claims: await this.#settled(user.orgId, current, { [LOCKED]: ['false'] }, 'server') };
  }

  /** Locks an account of the server's own accord. @param until milliseconds since the epoch; undefined: until opened */
  async lock(user: User, lockedReason: string, until: number | undefined, more: Counters = {}): Promise<void> {
    const unlockTime = until === undefined ? undefined : String(until);
    const state = { accountLocked: 'true', accountState: 'LOCKED', lockedReason, unlockTime };
    await this.#write(user, { ...state, ...more }, 'lock-account', { lockedReason, ...(until ? { until } : {}) });
  }

  /** Takes a lock away. @param reason for the audit log */
  async open(user: User, reason: string): Promise<void> {
    const values = { accountLocked: 'false', accountState: 'UNLOCKED', lockedReason: undefined, unlockTime: undefined };
    await this.#write(user, values, 'unlock-account', { reason });
  }

  async #write(
    { orgId, id }: User,
    values: Readonly<Record<string, IdentityValue>>,
    action: string,
    data: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.database.run(async () => {
      await this.identityData.write(orgId, id, values);
      await this.audit.record({ orgId, action, targetId: id, targetType: 'User', data });
    });
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
      ...(locked === false && current['accountLocked'] === 'true' ? named(OPENED) : {}),
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

const named = (values: Readonly<Record<string, readonly string[]>>): UserClaims =>
  Object.fromEntries(Object.entries(values).map(([name, list]) => [of(name), list]));

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
