import { inject, injectable } from 'tsyringe';
import { ApiError } from '#core/http';
import { token } from '#core/kernel';
import { type Database, DatabaseToken, type Outbox, OutboxToken } from '#core/persistence';
import {
  type OrganizationValues,
  OrganizationValuesToken,
  type PasswordChange,
  PasswordChangeToken,
  PRESERVE_SESSION,
  SESSION_VALUES,
} from '#core/users';

/** Injection token of {@link SessionConfigs}. */
export const SessionConfigsToken = token<SessionConfigs>('sessions.configs');
/** Injection token of the timeouts that hold where an organization has not decided. */
export const SessionTimeoutsToken = token<SessionTimeouts>('sessions.timeouts');

/** Topic of the outbox: the timeouts of an organization have changed. */
export const TIMEOUTS_TOPIC = 'session-timeouts-changed';

/** Timeouts in milliseconds. */
export interface SessionTimeouts {
  readonly idle_session_timeout: number;
  readonly remember_me_session_timeout: number;
  readonly extend_remember_me_session_timeout_on_auth: boolean;
  readonly enable_maximum_session_timeout: boolean;
  readonly maximum_session_timeout: number;
}

/** What holds for the sessions of an organization, as the API says it: times are minutes. */
export interface ShownConfigs {
  readonly idleSessionTimeoutPeriod: string;
  readonly rememberMePeriod: string;
  readonly enableMaximumSessionTimeoutPeriod: boolean;
  readonly maximumSessionTimeoutPeriod: string;
  readonly preserveCurrentSessionAtPasswordUpdate: boolean;
}

/** A change: undefined takes back what the organization has set. */
export interface ConfigChange {
  readonly name: string;
  readonly value: string | undefined;
}

const MINUTE = 60_000;
/** Ten years: a session that lasts longer is no session. */
const MOST_MINUTES = 5_256_000;
const KINDS: Readonly<Record<keyof ShownConfigs, 'minutes' | 'flag'>> = {
  idleSessionTimeoutPeriod: 'minutes',
  rememberMePeriod: 'minutes',
  enableMaximumSessionTimeoutPeriod: 'flag',
  maximumSessionTimeoutPeriod: 'minutes',
  [PRESERVE_SESSION]: 'flag',
};

/** What organizations have decided on their sessions. */
@injectable()
export class SessionConfigs {
  constructor(
    @inject(OrganizationValuesToken) private readonly values: OrganizationValues,
    @inject(SessionTimeoutsToken) private readonly usual: SessionTimeouts,
    @inject(PasswordChangeToken) private readonly passwords: PasswordChange,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(OutboxToken) private readonly outbox: Outbox,
  ) {}

  /** How long sessions of an organization live. Cached. */
  async timeoutsOf(orgId: string): Promise<SessionTimeouts> {
    const set = await this.values.of(orgId, SESSION_VALUES);
    const minutes = (name: keyof ShownConfigs, usual: number) =>
      set[name] === undefined ? usual : Number(set[name]) * MINUTE;
    const isOn = set['enableMaximumSessionTimeoutPeriod'];
    return {
      idle_session_timeout: minutes('idleSessionTimeoutPeriod', this.usual.idle_session_timeout),
      remember_me_session_timeout: minutes('rememberMePeriod', this.usual.remember_me_session_timeout),
      extend_remember_me_session_timeout_on_auth: this.usual.extend_remember_me_session_timeout_on_auth,
      enable_maximum_session_timeout: isOn === undefined ? this.usual.enable_maximum_session_timeout : isOn === 'true',
      maximum_session_timeout: minutes('maximumSessionTimeoutPeriod', this.usual.maximum_session_timeout),
    };
  }

  /** All of it, as the API says it. */
  async shown(orgId: string): Promise<ShownConfigs> {
    const timeouts = await this.timeoutsOf(orgId);
    const minutes = (time: number) => String(Math.round(time / MINUTE));
    return {
      idleSessionTimeoutPeriod: minutes(timeouts.idle_session_timeout),
      rememberMePeriod: minutes(timeouts.remember_me_session_timeout),
      enableMaximumSessionTimeoutPeriod: timeouts.enable_maximum_session_timeout,
      maximumSessionTimeoutPeriod: minutes(timeouts.maximum_session_timeout),
      preserveCurrentSessionAtPasswordUpdate: await this.passwords.preservesSession(orgId),
    };
  }

  /** Changes what holds, all or none, also for the sessions that there are. @throws ApiError 400 for a name that there is not, or a value of another type */
  async change(orgId: string, changes: readonly ConfigChange[]): Promise<void> {
    for (const { name, value } of changes) checkChange(name, value);
    const values = changes.map((change) => ({ topic: SESSION_VALUES, ...change }));
    await this.database.run(async () => {
      await this.values.change(orgId, values, 'update-session-configs');
      if (changes.some(({ name }) => name !== PRESERVE_SESSION)) await this.outbox.add(orgId, TIMEOUTS_TOPIC, {});
    });
  }
}

function checkChange(name: string, value: string | undefined): void {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name as keyof ShownConfigs] : undefined;
  if (kind === undefined)
    throw invalid(`/${name} cannot be changed here. These can: ${Object.keys(KINDS).join(', ')}.`);
  if (value === undefined) return;
  if (kind === 'flag' && value !== 'true' && value !== 'false') throw invalid(`/${name}: expected true or false.`);
  const isTime = /^\d{1,7}$/.test(value) && Number(value) >= 1 && Number(value) <= MOST_MINUTES;
  if (kind === 'minutes' && !isTime) throw invalid(`/${name}: expected minutes, 1 to ${MOST_MINUTES}.`);
}

const invalid = (description: string) => new ApiError('CNF-60001', 400, 'Invalid request.', description);
