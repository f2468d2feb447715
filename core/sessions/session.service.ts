import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { randomToken, sha256Hex } from '#core/crypto';
import { type Clock, ClockToken, EventBus, EventBusToken, eventType, token } from '#core/kernel';
import {
  type Database,
  DatabaseToken,
  type StateEntry,
  type StateKey,
  type StateStore,
  StateStoreToken,
} from '#core/persistence';
import { UserCredentialsChanged, UserDeleted } from '#core/users';
import type { FederatedSession, NewSession, PassedStep, Session } from './session.js';
import { type SessionConfigs, SessionConfigsToken, type SessionTimeouts } from './session-configs.js';

/** Injection token of the sessions. */
export const SessionServiceToken = token<SessionService>('sessions.service');
/** A session has ended: by logout, by an administrator, by a change of credentials. */
export const SessionTerminated = eventType<Session>('session.terminated');

const KIND = 'session';

/** Single sign-on sessions. The cookie holds a secret; what is stored is named by its hash. */
@injectable()
export class SessionService {
  constructor(
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(EventBusToken) private readonly events: EventBus,
    @inject(SessionConfigsToken) private readonly configs: SessionConfigs,
  ) {
    events.participate(UserDeleted, (user) => this.terminateAllOf(user.orgId, user.id));
    events.participate(UserCredentialsChanged, ({ orgId, id, kept }) =>
      this.terminateAllOf(orgId, id, kept?.sessionId),
    );
  }

  /**
   * Begins a session with a fresh secret (no fixation). Returns the secret for the cookie.
   *
   * @param alongside what else belongs to the unit of work that begins it
   */
  async begin(
    orgId: string,
    input: NewSession,
    alongside?: () => Promise<void>,
  ): Promise<{ session: Session; secret: string }> {
    const now = this.clock.now();
    const before = input.replaces === undefined ? undefined : await this.find(orgId, input.replaces);
    const same = before?.userId === input.userId ? before : undefined;
    const { userId, userAgent, ip } = input;
    // Only the first step asks whether to be remembered; a further one must not forget it.
    const remembered = input.remembered || (same?.remembered ?? false);
    const session: Session = {
      id: same?.id ?? uuid(),
      orgId,
      userId,
      passed: merged(same?.passed ?? [], input.passed),
      applications: [...new Set([...(same?.applications ?? []), input.applicationId])],
      createdAt: same?.createdAt ?? now,
      authenticatedAt: now,
      lastAccessAt: now,
      remembered,
      userAgent: userAgent.slice(0, 300),
      ip,
      ...federatedOf(same, input),
      ...(same?.impersonating === undefined ? {} : { impersonating: same.impersonating }),
    };
    const secret = randomToken();
    const old = input.replaces === undefined ? [] : [{ remove: this.#key(orgId, input.replaces) }];
    const entry = entryOf(session, await this.configs.timeoutsOf(orgId));
    await this.database.run(async () => {
      await this.state.apply([{ put: { ...this.#key(orgId, secret), ...entry } }, ...old]);
      if (before && !same) await this.#ended(before);
      await alongside?.();
    });
    return { session, secret };
  }

  /** The live session that a cookie names. */
  async find(orgId: string, secret: string | undefined): Promise<Session | undefined> {
    if (!secret) return undefined;
    const session = await this.state.get<Session>(this.#key(orgId, secret));
    return session && (await this.#isLive(session)) ? session : undefined;
  }

  /** Whether a session is there, by its id. */
  async isAlive(orgId: string, id: string): Promise<boolean> {
    return (await this.findById(orgId, id)) !== undefined;
  }

  /** Notes that a session was used, and for which application. Slides the idle timeout. */
  async use(orgId: string, secret: string, applicationId: string): Promise<Session | undefined> {
    const timeouts = await this.configs.timeoutsOf(orgId);
    return this.state.update<Session>(this.#key(orgId, secret), (session) => {
      const applications = session.applications.includes(applicationId)
        ? session.applications
        : [...session.applications, applicationId];
      const slides = !session.remembered || timeouts.extend_remember_me_session_timeout_on_auth;
      const used = { ...session, applications, lastAccessAt: slides ? this.clock.now() : session.lastAccessAt };
      return entryOf(used, timeouts);
    });
  }

  /** A live session by its id. */
  async findById(orgId: string, id: string): Promise<Session | undefined> {
    const [found] = await this.state.findByRef<Session>(orgId, KIND, `sid:${id}`);
    return found && (await this.#isLive(found.value)) ? found.value : undefined;
  }

  /** Notes in whose name the user of a session acts. Returns whether that is so now: another cannot take the place of the first. */
  async impersonate(orgId: string, id: string, userId: string): Promise<boolean> {
    const [found] = await this.state.findByRef<Session>(orgId, KIND, `sid:${id}`);
    if (!found) return false;
    const timeouts = await this.configs.timeoutsOf(orgId);
    let isSo = false;
    await this.state.update<Session>({ orgId, kind: KIND, id: found.id }, (session) => {
      isSo = session.impersonating === undefined || session.impersonating === userId;
      return isSo ? entryOf({ ...session, impersonating: userId }, timeouts) : undefined;
    });
    return isSo;
  }

  /** Ends the session that a cookie names. Returns it, if there was one. */
  async terminate(orgId: string, secret: string): Promise<Session | undefined> {
    const session = await this.find(orgId, secret);
    if (session) await this.#end(session, this.#key(orgId, secret));
    return session;
  }

  /** Ends a session by its id. Returns whether there was one. */
  async terminateById(orgId: string, id: string): Promise<boolean> {
    const found = await this.state.findByRef<Session>(orgId, KIND, `sid:${id}`);
    for (const one of found) await this.#end(one.value, { orgId, kind: KIND, id: one.id });
    return found.length > 0;
  }

  /** Live sessions of a user, those of the newest sign-in first. */
  async listOf(orgId: string, userId: string): Promise<Session[]> {
    const now = this.clock.now();
    const timeouts = await this.configs.timeoutsOf(orgId);
    return (await this.state.findByRef<Session>(orgId, KIND, `user:${userId}`))
      .map(({ value }) => value)
      .filter((session) => expiryOf(session, timeouts) > now)
      .sort((a, b) => b.createdAt - a.createdAt);
  }

  /** Live sessions of all users of an organization, in no order. Reads them all: for administrators. */
  async *all(orgId: string): AsyncGenerator<Session> {
    const timeouts = await this.configs.timeoutsOf(orgId);
    const seen = new Set<string>();
    for await (const { value } of this.state.scan<Session>(orgId, KIND)) {
      if (seen.has(value.id) || expiryOf(value, timeouts) <= this.clock.now()) continue;
      seen.add(value.id);
      yield value;
    }
  }

  /** Ends all sessions of a user. @param keptId of one that stays */
  async terminateAllOf(orgId: string, userId: string, keptId?: string): Promise<void> {
    const found = await this.state.findByRef<Session>(orgId, KIND, `user:${userId}`);
    for (const { id, value } of found) if (value.id !== keptId) await this.#end(value, { orgId, kind: KIND, id });
  }

  /**
   * Ends the sessions that were made from a session elsewhere, or from any of an account there.
   *
   * @returns how many there were
   */
  async terminateFederated(
    orgId: string,
    { idp, sid, sub }: Partial<FederatedSession> & { idp: string },
  ): Promise<number> {
    const refs = sid !== undefined ? [federatedRef(idp, sid)] : [accountRef(idp, sub ?? '')];
    const found = (await Promise.all(refs.map((ref) => this.state.findByRef<Session>(orgId, KIND, ref)))).flat();
    const isMeant = (one: FederatedSession) =>
      one.idp === idp && (sid === undefined || one.sid === sid) && (sub === undefined || one.sub === sub);
    const meant = found.filter(({ value }) => value.federated?.some(isMeant));
    for (const { id, value } of meant) await this.#end(value, { orgId, kind: KIND, id });
    return meant.length;
  }

  /** How long the cookie of a session shall live, in seconds; undefined: as long as the browser runs. */
  async cookieAge(session: Session): Promise<number | undefined> {
    if (!session.remembered) return undefined;
    const expiry = expiryOf(session, await this.configs.timeoutsOf(session.orgId));
    return Math.floor((expiry - this.clock.now()) / 1000);
  }

  async #end(session: Session, key: StateKey): Promise<void> {
    await this.database.run(async () => {
      await this.state.apply([{ remove: key }]);
      await this.#ended(session);
    });
  }

  /** Tells that a session has ended, in the unit of work that ends it. */
  async #ended(session: Session): Promise<void> {
    const { orgId, id, userId } = session;
    const target = { targetId: id, targetType: 'Session' };
    await this.audit.record({ orgId, action: 'TerminateSession', ...target, data: { userId } });
    await this.events.publish(SessionTerminated, session);
  }

  async #isLive(session: Session): Promise<boolean> {
    return expiryOf(session, await this.configs.timeoutsOf(session.orgId)) > this.clock.now();
  }

  #key(orgId: string, secret: string): StateKey {
    return { orgId, kind: KIND, id: sha256Hex(secret) };
  }
}

/** What is stored of a session. */
function entryOf(session: Session, timeouts: SessionTimeouts): Omit<StateEntry, keyof StateKey> {
  const { federated = [] } = session;
  const elsewhere = federated.flatMap(({ idp, sub, sid }) => [
    accountRef(idp, sub),
    ...(sid === undefined ? [] : [federatedRef(idp, sid)]),
  ]);
  const refs = new Set([`user:${session.userId}`, `sid:${session.id}`, ...elsewhere]);
  return { value: session, expiresAt: expiryOf(session, timeouts), refs: [...refs] };
}

/** When a session ends unless it is used, in milliseconds since the epoch. */
function expiryOf(session: Session, timeouts: SessionTimeouts): number {
  const { remember_me_session_timeout: remembered, idle_session_timeout: usual } = timeouts;
  const idle = session.lastAccessAt + (session.remembered ? remembered : usual);
  return timeouts.enable_maximum_session_timeout
    ? Math.min(idle, session.createdAt + timeouts.maximum_session_timeout)
    : idle;
}

const MAX_FEDERATED = 10;
// Others choose these names, so only their hashes are references.
const federatedRef = (idp: string, sid: string) => `fsid:${sha256Hex(JSON.stringify([idp, sid]))}`;
const accountRef = (idp: string, sub: string) => `fsub:${sha256Hex(JSON.stringify([idp, sub]))}`;

/** Sessions elsewhere, those of the newest sign-in last. */
function federatedOf(before: Session | undefined, { federated = [] }: NewSession): Pick<Session, 'federated'> {
  const all = [...(before?.federated ?? []), ...federated];
  const known = new Map(all.map((one) => [JSON.stringify([one.idp, one.sub, one.sid]), one]));
  return known.size === 0 ? {} : { federated: [...known.values()].slice(-MAX_FEDERATED) };
}

function merged(before: readonly PassedStep[], now: readonly PassedStep[]): PassedStep[] {
  const fresh = new Set(now.map(({ idp, authenticator }) => `${authenticator}:${idp}`));
  return [...before.filter(({ idp, authenticator }) => !fresh.has(`${authenticator}:${idp}`)), ...now];
}
