import type { AuditLog } from '#core/audit';
import { type SecretBox, sha256Hex } from '#core/crypto';
import type { Database, StateKey, StateStore } from '#core/persistence';
import { claimUri, type User, type UserSecrets, type UserService } from '#core/users';
import { newSeed, type TotpSeed } from './totp-codes.js';

/** What enrolments are made of. */
export interface EnrolmentParts {
  readonly users: UserService;
  readonly secrets: UserSecrets;
  readonly state: StateStore;
  readonly box: SecretBox;
  readonly database: Database;
  readonly audit: AuditLog;
  /** Seconds for which the codes of new enrolments are shown. */
  readonly period: number;
}

/** Where an enrolment is under way: in one sign-in, or in the self-service. */
export interface EnrolmentPlace {
  /** Id of the sign-in, or a name. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const ACTIVE = 'secretkey';
const ENABLED = claimUri('identity/totpEnabled');
const PENDING = 'totp-pending';

/**
 * Who is enrolled, and who is about to. A seed counts from the first right code on. Until then it is living state of
 * the one sign-in that shows it: were it shared, a stranger who knows the password could look at it and wait until the
 * user confirms it.
 */
export class TotpEnrolments {
  constructor(private readonly parts: EnrolmentParts) {}

  /** The seed of a user who is enrolled. */
  async active(user: User): Promise<TotpSeed | undefined> {
    const text = await this.parts.secrets.read(user, ACTIVE);
    return text === undefined ? undefined : (JSON.parse(text) as TotpSeed);
  }

  /** The seed that awaits its first code. */
  async pending(user: User, placeId: string): Promise<TotpSeed | undefined> {
    const sealed = await this.parts.state.get<string>(pendingKey(user, placeId));
    if (sealed === undefined) return undefined;
    const { name, ...seed } = JSON.parse(this.parts.box.open(PENDING, sealed) ?? '{}') as TotpSeed & { name?: string };
    if (name !== pendingKey(user, placeId).id)
      throw new Error(
        `the pending enrolment of user ${user.id} cannot be opened: another master key, or a changed row`,
      );
    return seed;
  }

  /** The seed that awaits its first code, made when there is none. Concurrent callers get the same one. */
  async ensurePending(user: User, place: EnrolmentPlace): Promise<TotpSeed> {
    for (;;) {
      const there = await this.pending(user, place.id);
      if (there) return there;
      const seed = newSeed(this.parts.period);
      const { applied } = await this.parts.state.apply([{ claim: this.#entry(user, place, seed) }]);
      if (applied) return seed;
    }
  }

  /** A fresh seed that awaits its first code, instead of the one before. */
  async renewPending(user: User, place: EnrolmentPlace): Promise<TotpSeed> {
    const seed = newSeed(this.parts.period);
    await this.parts.state.apply([{ put: this.#entry(user, place, seed) }]);
    return seed;
  }

  /**
   * Makes a seed count. Whatever else was pending for the user is gone.
   *
   * @param mode `add`: only when the user is not enrolled; `replace`: in any case
   * @returns false when the user has become enrolled by another way
   */
  async activate(user: User, seed: TotpSeed, mode: 'add' | 'replace'): Promise<boolean> {
    const { secrets, database, users, audit, state } = this.parts;
    const text = JSON.stringify(seed);
    const done = await database.run(async () => {
      const before = mode === 'replace' && (await secrets.read(user, ACTIVE)) !== undefined;
      if (mode === 'replace') await secrets.write(user, ACTIVE, text);
      else if (!(await secrets.add(user, ACTIVE, text))) return false;
      await users.writeClaims(user.orgId, user.id, { [ENABLED]: ['true'] });
      const action = before ? 'update-totp' : 'add-totp';
      await audit.record({ orgId: user.orgId, action, initiatorId: user.id, targetId: user.id, targetType: 'User' });
      return true;
    });
    if (done) await state.removeByRef(user.orgId, PENDING, refOf(user));
    return done;
  }

  /** Ends the enrolment of a user, and those that are under way. */
  async remove(user: User): Promise<void> {
    const { secrets, database, users, audit, state } = this.parts;
    await state.removeByRef(user.orgId, PENDING, refOf(user));
    if (!(await this.active(user))) return;
    await database.run(async () => {
      await secrets.write(user, ACTIVE, undefined);
      await users.writeClaims(user.orgId, user.id, { [ENABLED]: [] });
      const { orgId, id } = user;
      await audit.record({ orgId, action: 'delete-totp', targetId: id, targetType: 'User' });
    });
  }

  #entry(user: User, place: EnrolmentPlace, seed: TotpSeed) {
    const key = pendingKey(user, place.id);
    const value = this.parts.box.seal(PENDING, JSON.stringify({ ...seed, name: key.id }));
    return { ...key, value, expiresAt: place.expiresAt, refs: [refOf(user)] };
  }
}

const refOf = (user: User) => `user:${user.id}`;
const pendingKey = (user: User, placeId: string): StateKey => ({
  orgId: user.orgId,
  kind: PENDING,
  id: sha256Hex(`${user.id} ${placeId}`),
});
