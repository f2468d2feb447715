import { setTimeout as pause } from 'node:timers/promises';
import { inject, injectable } from 'tsyringe';
import { type Clock, ClockToken, type EventBus, EventBusToken, token, UnavailableError } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { type User, UserDeleted } from '../user.js';
import { LoginTryEntity } from './login-try.entity.js';

/** Injection token of {@link LoginTries}. */
export const LoginTriesToken = token<LoginTries>('users.login-tries');

type Owner = Pick<User, 'orgId' | 'id'>;

/** A password is looked at for this long at most; after it the try was lost. */
const LOST_MS = 60_000;
const WAIT_MS = 20;
const MOST_WAITS = 500;

const UNDER_WAY = 'CASE WHEN lost_after < ? THEN 0 ELSE under_way END';
const TAKE = `UPDATE login_try SET under_way = ${UNDER_WAY} + 1, lost_after = ? WHERE org_id = ? AND user_id = ? AND failed + ${UNDER_WAY} < ?`;
const LESS = 'CASE WHEN under_way > 0 THEN under_way - 1 ELSE 0 END';
const mine = 'WHERE org_id = ? AND user_id = ?';

/**
 * Counts tries of passwords, exactly, also when they come at once and on several nodes: a try has to be taken before
 * its password is looked at, and there are never more wrong ones and ones under way together than the limit. Who comes
 * beyond it waits until those before are through.
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
   * Takes a try. False: there have been as many wrong passwords as are allowed.
   *
   * @throws UnavailableError when others have been under way for too long
   */
  async take(user: Owner, limit: number): Promise<boolean> {
    for (let waits = 0; waits < MOST_WAITS; waits++) {
      if (await this.#take(user, limit)) return true;
      const row = await this.database.sql.one<{ failed: number }>(`SELECT failed FROM login_try ${mine}`, [
        user.orgId,
        user.id,
      ]);
      if (!row) await this.#make(user);
      else if (Number(row.failed) >= limit) return false;
      else await pause(WAIT_MS);
    }
    throw new UnavailableError('Too many sign-ins of this user are under way. Try again later.');
  }

  /** Gives a try back: it was neither right nor wrong. */
  async giveBack({ orgId, id }: Owner): Promise<void> {
    await this.#write(`UPDATE login_try SET under_way = ${LESS} ${mine}`, [orgId, id]);
  }

  /** Counts a try as wrong, within the unit of work in progress. Returns how many there have been. */
  async fail({ orgId, id }: Owner): Promise<number> {
    await this.#write(`UPDATE login_try SET failed = failed + 1, under_way = ${LESS} ${mine}`, [orgId, id]);
    const row = await this.database.sql.one<{ failed: number }>(`SELECT failed FROM login_try ${mine}`, [orgId, id]);
    return Number(row?.failed ?? 0);
  }

  /** A try was right: counting begins anew. */
  async succeed({ orgId, id }: Owner): Promise<void> {
    await this.#write(`UPDATE login_try SET failed = 0, under_way = ${LESS} ${mine}`, [orgId, id]);
  }

  /** Lets counting begin anew, without regard to tries under way. */
  async restart({ orgId, id }: Owner): Promise<void> {
    await this.#write(`UPDATE login_try SET failed = 0 ${mine}`, [orgId, id]);
  }

  async #take({ orgId, id }: Owner, limit: number): Promise<boolean> {
    const now = this.clock.now();
    return (await this.#write(TAKE, [now, now + LOST_MS, orgId, id, now, limit])) > 0;
  }

  async #make({ orgId, id: userId }: Owner): Promise<void> {
    await this.database.run(() =>
      this.database.manager
        .createQueryBuilder()
        .insert()
        .into(LoginTryEntity)
        .values({ orgId, userId, failed: 0, underWay: 0, lostAfter: 0 })
        .orIgnore()
        .updateEntity(false)
        .execute(),
    );
  }

  #write(sql: string, parameters: readonly unknown[]): Promise<number> {
    return this.database.run(async () => this.database.sql.run(sql, parameters));
  }
}
