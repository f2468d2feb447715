import { expect } from 'chai';
import { UnavailableError } from '#core/kernel';
import { StoreBusyError, type UserStore } from '#core/users';
import { HostGuard } from '../../../../core/users/stores/host-guard.js';
import { RetiredStores } from '../../../../core/users/stores/retired-stores.js';
import { SupervisedStore } from '../../../../core/users/stores/supervised-store.js';
import { eventually } from '../../../support/eventually.js';
import { failureOf } from '../../../support/failures.js';
import { keptLog } from '../../../support/log-lines.js';

const OFF = {
  enable_circuit_breaker: false,
  max_connection_retry_count: 2,
  min_connection_retry_delay_in_milliseconds: 1000,
};

/** A store whose look-ups wait until they are released. */
class SlowStore {
  readonly #waiting: (() => void)[] = [];
  readonly domain = 'SLOW';
  readonly inUnit = false;
  closed = 0;
  readonly lookup = Object.freeze({
    byId: async (_org: string, id: string) => {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return { id, username: this.domain };
    },
  });

  release(): void {
    for (const tell of this.#waiting.splice(0)) tell();
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

describe('a store whose settings have changed', () => {
  it('is closed when its calls are through, and not before', async () => {
    const slow = new SlowStore();
    const supervised = new SupervisedStore(slow as unknown as UserStore, OFF);
    const { store } = supervised;
    expect([store.domain, store.inUnit, store.search, 'search' in store, 'lookup' in store]).to.deep.equal([
      'SLOW',
      false,
      undefined,
      false,
      true,
    ]);
    const call = store.lookup.byId('org', '1');
    const retired = new RetiredStores(keptLog().logger, 0);
    retired.retire(supervised);
    const other = store.lookup.byId('org', '2');
    // A timer that ends after the one of the grace, which is none.
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(slow.closed).to.equal(0);
    slow.release();
    expect([await call, await other]).to.deep.equal([
      { id: '1', username: 'SLOW' },
      { id: '2', username: 'SLOW' },
    ]);
    await eventually('it is closed', () => slow.closed === 1);
    await retired.closeAll();
    expect(slow.closed, 'once').to.equal(1);
  });

  it('is closed at once when the server stops', async () => {
    const slow = new SlowStore();
    const retired = new RetiredStores(keptLog().logger);
    retired.retire(new SupervisedStore(slow as unknown as UserStore, OFF));
    await retired.closeAll();
    expect(slow.closed).to.equal(1);
  });
});

describe('the circuit of a store', () => {
  const circuit = { ...OFF, enable_circuit_breaker: true, min_connection_retry_delay_in_milliseconds: 600_000 };
  const failing = (error: Error) => {
    let asked = 0;
    const counted = () => {
      asked++;
      return Promise.reject(error);
    };
    const lookup = { byUsername: counted };
    const inner = { domain: 'FAILS', inUnit: false, lookup } as unknown as UserStore;
    return { store: new SupervisedStore(inner, circuit).store, asked: () => asked };
  };

  it('opens when the store is away, and not when somebody asks for too much', async () => {
    const away = failing(new UnavailableError('away'));
    const busy = failing(new StoreBusyError('busy'));
    for (let attempt = 0; attempt < 5; attempt++)
      for (const { store } of [away, busy])
        expect(await failureOf(() => store.lookup.byUsername('org', 'x'))).to.be.instanceOf(UnavailableError);
    expect([away.asked(), busy.asked()]).to.deep.equal([2, 5]);
  });
});

describe('the guard of hosts', () => {
  const rules = { private_hosts: [], allow_private_hosts: 'none' } as const;

  it('looks at the address when it is connected to, whatever the name said before', async () => {
    const answers = ['203.0.113.5', '10.0.0.1'];
    const guard = new HostGuard(rules, async () => [{ address: answers.shift() ?? '' }]);
    expect(await guard.objection('org', 'ldap://moving.test', true)).to.equal(undefined);
    const error = await failureOf(() => guard.addressOf('org', 'moving.test'));
    expect(error).to.be.instanceOf(UnavailableError);
    expect(error.message, 'the reason is for the log').not.to.contain('moving');
    expect((error.cause as Error).message).to.contain('[user_store_mgt]');
  });

  it('refuses a name of which one address is private, and connects to the others', async () => {
    const guard = new HostGuard(rules, async () => [{ address: '10.0.0.1' }, { address: '203.0.113.5' }]);
    expect(await guard.objection('org', 'ldap://both.test', true)).to.match(/^both\.test is in a private network;/);
    expect(await guard.addressOf('org', 'both.test')).to.equal('203.0.113.5');
  });

  it('lets a name pass that cannot be found yet, but no connection to it', async () => {
    const guard = new HostGuard(rules, () => Promise.reject(new Error('ENOTFOUND')));
    expect(await guard.objection('org', 'ldap://later.test', true)).to.equal(undefined);
    expect(await failureOf(() => guard.addressOf('org', 'later.test'))).to.be.instanceOf(UnavailableError);
  });
});
