import type { Clock } from '#core/kernel';
import { codeOf, DirectoryAway } from './failures.js';
import type { LdapConnection } from './ldap-connection.js';

/** How far a pool goes. Times in milliseconds. */
export interface PoolLimits {
  /** Connections at once. */
  readonly most: number;
  /** Whether they are kept for the next operation. */
  readonly kept: boolean;
  /** How long one is kept that nobody uses. */
  readonly idle: number;
  /** How long somebody waits for one. */
  readonly wait: number;
}

/** A bounded pool of connections that are bound as the server itself. Each is used by one operation at a time. */
export class ConnectionPool {
  readonly #idle: LdapConnection[] = [];
  readonly #waiting: (() => void)[] = [];
  #used = 0;
  #isClosed = false;
  readonly #sweep: NodeJS.Timeout;

  constructor(
    private readonly open: () => Promise<LdapConnection>,
    private readonly limits: PoolLimits,
    private readonly clock: Clock,
  ) {
    this.#sweep = setInterval(() => this.#closeIdle(), limits.idle).unref();
  }

  /** Lets `work` use a connection. @throws DirectoryAway when there is none in time */
  async use<T>(work: (connection: LdapConnection) => Promise<T>): Promise<T> {
    await this.#enter();
    let connection: LdapConnection | undefined;
    try {
      connection = this.#fromIdle() ?? (await this.open());
      connection.begin();
      const result = await work(connection);
      this.#giveBack(connection);
      return result;
    } catch (error) {
      // Without an answer it is not known what it is in the middle of, so it is not used again.
      if (codeOf(error) === undefined) this.#giveUp(connection);
      else if (connection) this.#giveBack(connection);
      throw error;
    } finally {
      this.#leave();
    }
  }

  /** Closes what is idle, and the others when they are given back. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#sweep);
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  #fromIdle(): LdapConnection | undefined {
    this.#closeIdle();
    return this.#idle.pop();
  }

  #closeIdle(): void {
    const oldest = this.clock.now() - this.limits.idle;
    const isGood = (connection: LdapConnection) => connection.bound && connection.idleSince > oldest;
    const all = this.#idle.splice(0);
    for (const connection of all) {
      if (isGood(connection)) this.#idle.push(connection);
      else connection.close();
    }
  }

  #giveBack(connection: LdapConnection): void {
    if (this.limits.kept && !this.#isClosed && connection.bound) {
      connection.idleSince = this.clock.now();
      this.#idle.push(connection);
    } else connection.close();
  }

  /** What breaks one connection has most often broken all: who tries again shall not meet the next one. */
  #giveUp(broken: LdapConnection | undefined): void {
    for (const connection of [broken, ...this.#idle.splice(0)]) connection?.close();
  }

  async #enter(): Promise<void> {
    if (this.#isClosed) throw new DirectoryAway('the store is closed');
    if (this.#used < this.limits.most) {
      this.#used++;
      return;
    }
    // Who leaves hands its place over.
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject(new DirectoryAway(`all ${this.limits.most} connections were busy for ${this.limits.wait} ms`));
      }, this.limits.wait);
      this.#waiting.push(turn);
    });
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#used--;
  }
}
