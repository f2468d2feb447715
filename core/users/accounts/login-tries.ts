import { setTimeout as pause } from 'node:timers/promises';
import { inject, injectable } from 'tsyringe';
import { type Clock, ClockToken, type EventBus, EventBusToken, token, UnavailableError } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { type User, UserDeleted } from '../user.js';
import { LoginTryEntity } from './login-try.entity.js';

/** Injection token of {@link LoginTries}. */
export const LoginTriesToken = token<LoginTries>('users.login-tries');

type Owner = Pick<User, 'orgId' | 'id'>;

/** What is tried: the claim that shows how often it was wrong. */
export type Factor = `failed${string}Attempts`;
export const PASSWORD: Factor = 'failedLoginAttempts';

/** It is looked at for this long at most; after it the try was lost. */
const LOST_MS = 60_000;
const WAIT_MS = 20;
const MOST_WAITS = 500;

const UNDER_WAY = 'CASE WHEN lost_after < ? THEN 0 ELSE under_way END';
const mine = 'WHERE org_id = ? AND user_id = ? AND factor = ?';
const TAKE = `UPDATE sign_in_try SET under_way = ${UNDER_WAY} + 1, lost_after = ? ${mine} AND failed + ${UNDER_WAY} < ?`;
const LESS = 'CASE WHEN under_way > 0 THEN under_way - 1 ELSE 0 END';

/**
 * Counts tries of passwords and of each further factor, exactly, also when they come at once and on several nodes: a
 * try has to be taken before it is looked at, and there are never more wrong ones and ones under way together than the
 * limit. Who comes beyond it waits until those before are through.
 */
@injectable()
export class LoginTries {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(EventBusToken) events: EventBus,
  ) {
    events.participate(UserDeleted, async ({ orgId, id: userId }) => {
      await database.run(() => database.manager.delete(LoginTryEntity, { orgId, userId }));
    });
  }

  /**
   * Takes a try. False: as many were wrong as are allowed.
   *
   * @throws UnavailableError when others have been under way for too long
   */
  async take(user: Owner, factor: Factor, limit: number): Promise<boolean> {
    for (let waits = 0; waits < MOST_WAITS; waits++) {
      if (await this.#take(user, factor, limit)) return true;
      const failed = await this.#read(user, factor, 'failed');
      if (failed === undefined) await this.#make(user, factor);
      else if (failed >= limit) return false;
      else await pause(WAIT_MS);
    }
    throw new UnavailableError('Too many sign-ins of this user are under way. Try again later.');
  }

  /** Gives a try back: it was neither right nor wrong. */
  async giveBack({ orgId, id }: Owner, factor: Factor): Promise<void> {
    await this.#write(`UPDATE sign_in_try SET under_way = ${LESS} ${mine}`, [orgId, id, factor]);
  }

  /** Counts a try as wrong, within the unit of work in progress. Returns how many there have been. */
  async fail(user: Owner, factor: Factor): Promise<number> {
    const { orgId, id } = user;
    await this.#write(`UPDATE sign_in_try SET failed = failed + 1, under_way = ${LESS} ${mine}`, [orgId, id, factor]);
    return (await this.#read(user, factor, 'failed')) ?? 0;
  }

  /** A try was right: counting begins anew. */
  async succeed({ orgId, id }: Owner, factor: Factor): Promise<void> {
    const set = `failed = 0, lockouts = 0, under_way = ${LESS}`;
    await this.#write(`UPDATE sign_in_try SET ${set} ${mine}`, [orgId, id, factor]);
  }

  /** There were too many: counting begins anew, without regard to tries under way. Returns how often that was so. */
  async lock(user: Owner, factor: Factor): Promise<number> {
    const { orgId, id } = user;
    await this.#write(`UPDATE sign_in_try SET failed = 0, lockouts = lockouts + 1 ${mine}`, [orgId, id, factor]);
    return (await this.#read(user, factor, 'lockouts')) ?? 1;
  }

  /** Lets all counting begin anew, without regard to tries under way. */
  async restart({ orgId, id }: Owner): Promise<void> {
    const all = 'WHERE org_id = ? AND user_id = ?';
    await this.#write(`UPDATE sign_in_try SET failed = 0, lockouts = 0 ${all}`, [orgId, id]);
  }

  async #take({ orgId, id }: Owner, factor: Factor, limit: number): Promise<boolean> {
    const now = this.clock.now();
    return (await this.#write(TAKE, [now, now + LOST_MS, orgId, id, factor, now, limit])) > 0;
  }

  async #make({ orgId, id: userId }: Owner, factor: Factor): Promise<void> {
    await this.database.run(() =>
      this.database.manager
        .createQueryBuilder()
        .insert()
        .into(LoginTryEntity)
        .values({ orgId, userId, factor, failed: 0, underWay: 0, lostAfter: 0, lockouts: 0 })
        .orIgnore()
        .updateEntity(false)
        .execute(),
    );
  }

  async #read({ orgId, id }: Owner, factor: Factor, name: 'failed' | 'lockouts'): Promise<number | undefined> {
    const sql = `SELECT ${name} AS count FROM sign_in_try ${mine}`;
    const row = await this.database.sql.one<{ count: number }>(sql, [orgId, id, factor]);
    return row && Number(row.count);
  }

  #write(sql: string, parameters: readonly unknown[]): Promise<number> {
    return this.database.run(async () => this.database.sql.run(sql, parameters));
  }
}
