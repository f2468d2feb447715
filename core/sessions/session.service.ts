import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { randomToken, sha256Hex } from '#core/crypto';
import { type Clock, ClockToken, EventBus, EventBusToken, eventType, token } from '#core/kernel';
import {
  type Database,
  DatabaseToken,
  type ExpiredEntry,
  type StateEnd,
  type StateKey,
  type StateStore,
  StateStoreToken,
} from '#core/persistence';
import { UserCredentialsChanged, UserDeleted } from '#core/users';
import type { FederatedSession, NewSession, PassedStep, Session } from './session.js';
import { type SessionConfigs, SessionConfigsToken } from './session-configs.js';
import { accountRef, entryOf, expiryOf, federatedRef, SESSION_KIND as KIND, sidRef, userRef } from './session-entry.js';

/** Injection token of the sessions. */
export const SessionServiceToken = token<SessionService>('sessions.service');
/** A session has ended: by logout, by an administrator, by a change of credentials, because its time is over. */
export const SessionTerminated = eventType<Session>('session.terminated');

/** A session, and under what it is stored. */
interface Row {
  readonly key: StateKey;
  readonly session: Session;
}

/** Single sign-on sessions. The cookie holds a secret; what is stored is named by its hash. */
@injectable()
export class SessionService implements StateEnd {
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
    const secret = randomToken();
    const key = this.#key(orgId, secret);
    const timeouts = await this.configs.timeoutsOf(orgId);
    const replaced = await this.#live(orgId, input.replaces);
    const put = (session: Session) => ({ put: { ...key, ...entryOf(session, timeouts) } });
    const session = await this.database.run(async () => {
      for (let before = replaced; ; before = await this.#bySid(orgId, before.session.id)) {
        const begun = nextOf(before?.session, input, orgId, this.clock.now());
        const changes = before ? [{ consume: before.key }, put(begun)] : [put(begun)];
        const { applied, consumed } = await this.state.apply(changes);
        // Whoever has replaced or ended it meanwhile is not undone: then it goes on with what there is, or anew.
        if (before && !applied) continue;
        const [found] = consumed as Session[];
        if (found && found.id !== begun.id) await this.#ended(found);
        const last = found?.id === begun.id ? nextOf(found, input, orgId, begun.lastAccessAt) : begun;
        if (last.applications.length > begun.applications.length) await this.state.apply([put(last)]);
        await alongside?.();
        return last;
      }
    });
    return { session, secret };
  }

  /** The live session that a cookie names. */
  async find(orgId: string, secret: string | undefined): Promise<Session | undefined> {
    return (await this.#live(orgId, secret))?.session;
  }

  /** Whether a session is there, by its id. */
  async isAlive(orgId: string, id: string): Promise<boolean> {
    return (await this.findById(orgId, id)) !== undefined;
  }

  /** Notes that a session was used, and for which application. Slides the idle timeout. */
  async use(orgId: string, secret: string, applicationId: string): Promise<Session | undefined> {
    const timeouts = await this.configs.timeoutsOf(orgId);
    let isLive = false;
    const used = await this.state.update<Session>(this.#key(orgId, secret), (session) => {
      isLive = expiryOf(session, timeouts) > this.clock.now();
      if (!isLive) return undefined;
      const applications = session.applications.includes(applicationId)
        ? session.applications
        : [...session.applications, applicationId];
      const slides = !session.remembered || timeouts.extend_remember_me_session_timeout_on_auth;
      const lastAccessAt = slides ? this.clock.now() : session.lastAccessAt;
      return entryOf({ ...session, applications, lastAccessAt }, timeouts);
    });
    return isLive ? used : undefined;
  }

  /** A live session by its id. */
  async findById(orgId: string, id: string): Promise<Session | undefined> {
    const [found] = await this.state.findByRef<Session>(orgId, KIND, sidRef(id));
    return found && (await this.#isLive(found.value)) ? found.value : undefined;
  }

  /** Notes in whose name the user of a session acts. Returns whether that is so now: another cannot take the place of the first. */
  async impersonate(orgId: string, id: string, userId: string): Promise<boolean> {
    const [found] = await this.state.findByRef<Session>(orgId, KIND, sidRef(id));
    if (!found) return false;
    const timeouts = await this.configs.timeoutsOf(orgId);
    let isSo = false;
    await this.state.update<Session>({ orgId, kind: KIND, id: found.id }, (session) => {
      const isLive = expiryOf(session, timeouts) > this.clock.now();
      isSo = isLive && (session.impersonating === undefined || session.impersonating === userId);
      return isSo ? entryOf({ ...session, impersonating: userId }, timeouts) : undefined;
    });
    return isSo;
  }

  /** Ends the session that a cookie names. Returns it, if there was one. */
  async terminate(orgId: string, secret: string): Promise<Session | undefined> {
    const row = await this.#live(orgId, secret);
    return row && this.#end(row);
  }

  /** Ends a session by its id. Returns whether there was one. */
  async terminateById(orgId: string, id: string): Promise<boolean> {
    const row = await this.#bySid(orgId, id);
    return row !== undefined && (await this.#end(row)) !== undefined;
  }

  /** Tells that a session has ended because its time is over; within the unit of work that takes it out. */
  async ended({ value }: ExpiredEntry): Promise<void> {
    await this.#ended(value as Session, 'timeout');
  }

  /** Live sessions of a user, those of the newest sign-in first. */
  async listOf(orgId: string, userId: string): Promise<Session[]> {
    const now = this.clock.now();
    const timeouts = await this.configs.timeoutsOf(orgId);
    return (await this.state.findByRef<Session>(orgId, KIND, userRef(userId)))
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
    const found = await this.state.findByRef<Session>(orgId, KIND, userRef(userId));
    for (const { id, value } of found) {
      if (value.id !== keptId) await this.#end({ key: { orgId, kind: KIND, id }, session: value });
    }
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
    for (const { id, value } of meant) await this.#end({ key: { orgId, kind: KIND, id }, session: value });
    return meant.length;
  }

  /** How long the cookie of a session shall live, in seconds; undefined: as long as the browser runs. */
  async cookieAge(session: Session): Promise<number | undefined> {
    if (!session.remembered) return undefined;
    const expiry = expiryOf(session, await this.configs.timeoutsOf(session.orgId));
    return Math.floor((expiry - this.clock.now()) / 1000);
  }

  /** Ends a session, wherever a sign-in at the same time has put it. Returns it; undefined when another has ended it. */
  async #end(row: Row): Promise<Session | undefined> {
    let taken: Session | undefined;
    return this.database.run(async () => {
      for (let now: Row | undefined = row; now; now = await this.#bySid(row.key.orgId, row.session.id)) {
        const { applied, consumed } = await this.state.apply([{ consume: now.key }]);
        if (!applied) continue;
        taken = consumed[0] as Session;
        break;
      }
      // When the unit of work is run again, a store that is no part of it does not have the session any more.
      if (taken) await this.#ended(taken);
      return taken;
    });
  }

  /** Tells that a session has ended, in the unit of work that ends it. */
  async #ended(session: Session, reason?: 'timeout'): Promise<void> {
    const { orgId, id, userId } = session;
    const target = { targetId: id, targetType: 'Session' };
    const who = reason === undefined ? { data: { userId } } : { ...SYSTEM, data: { userId, reason } };
    await this.audit.record({ orgId, action: 'TerminateSession', ...target, ...who });
    await this.events.publish(SessionTerminated, session);
  }

  /** A live session by the secret of its cookie. */
  async #live(orgId: string, secret: string | undefined): Promise<Row | undefined> {
    if (!secret) return undefined;
    const key = this.#key(orgId, secret);
    const session = await this.state.get<Session>(key);
    return session && (await this.#isLive(session)) ? { key, session } : undefined;
  }

  /** A session by its id, whether or not its time is over by what its organization has decided since. */
  async #bySid(orgId: string, sid: string): Promise<Row | undefined> {
    const [found] = await this.state.findByRef<Session>(orgId, KIND, sidRef(sid));
    return found && { key: { orgId, kind: KIND, id: found.id }, session: found.value };
  }

  async #isLive(session: Session): Promise<boolean> {
    return expiryOf(session, await this.configs.timeoutsOf(session.orgId)) > this.clock.now();
  }

  #key(orgId: string, secret: string): StateKey {
    return { orgId, kind: KIND, id: sha256Hex(secret) };
  }
}

const SYSTEM = { initiatorId: 'System', initiatorType: 'System' } as const;

/** The session that a sign-in makes: a new one, or the one before it when that was of the same user. */
function nextOf(before: Session | undefined, input: NewSession, orgId: string, now: number): Session {
  const same = before?.userId === input.userId ? before : undefined;
  const { userId, userAgent, ip } = input;
  return {
    id: same?.id ?? uuid(),
    orgId,
    userId,
    passed: merged(same?.passed ?? [], input.passed),
    applications: [...new Set([...(same?.applications ?? []), input.applicationId])],
    createdAt: same?.createdAt ?? now,
    authenticatedAt: now,
    lastAccessAt: now,
    // Only the first step asks whether to be remembered; a further one must not forget it.
    remembered: input.remembered || (same?.remembered ?? false),
    userAgent: userAgent.slice(0, 300),
    ip,
    ...federatedOf(same, input),
    ...(same?.impersonating === undefined ? {} : { impersonating: same.impersonating }),
  };
}

const MAX_FEDERATED = 10;

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
