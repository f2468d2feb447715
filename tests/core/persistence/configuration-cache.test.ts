import { expect } from 'chai';
import { ConfigurationCaches, RedisLink } from '#core/persistence';
import { createDatabase, dropDatabase } from '../../../tools/services/index.mjs';
import { type DatabaseNode, type DatabasePlace, databasePlace, openNode } from '../../support/databases.js';
import { eventually } from '../../support/eventually.js';
import { failureOf } from '../../support/failures.js';
import { keptLog } from '../../support/log-lines.js';
import { persistenceSchema } from '../../support/persistence-schema.js';
import { skipWithout } from '../../support/services.js';
import { redisPlace } from '../../support/test-server.js';

interface Value {
  readonly text: string;
}

describe('the cache of configuration', () => {
  let place: DatabasePlace;
  let nodes: { node: DatabaseNode; caches: ConfigurationCaches }[] = [];
  beforeEach(async () => {
    place = await databasePlace('sqlite');
    nodes = [];
    for (const _ of [1, 2]) {
      const node = await openNode(place, persistenceSchema);
      const clock = { now: () => Date.now() };
      nodes.push({ node, caches: new ConfigurationCaches(node.database, clock, keptLog().logger) });
    }
  });
  afterEach(async () => {
    for (const { node, caches } of nodes) {
      caches.stop();
      await node.close();
    }
  });

  const first = () => nodes[0] as (typeof nodes)[number];
  const second = () => nodes[1] as (typeof nodes)[number];
  const giving = (text: string) => async (): Promise<Value> => ({ text });

  it('loads once for many that ask at once, and keeps no absence', async () => {
    const cache = first().caches.create<Value>('things');
    let loads = 0;
    const load = async () => {
      loads++;
      return loads === 1 ? undefined : { text: 'x' };
    };
    await Promise.all([cache.get('a', load), cache.get('a', load)]);
    expect(loads).to.equal(1);
    expect(await cache.get('a', load)).to.deep.equal({ text: 'x' });
    expect(await cache.get('a', load)).to.deep.equal({ text: 'x' });
    expect(loads).to.equal(2);
    expect(cache.stats()).to.include({ hits: 1, size: 1 });
  });

  it('gives at once what it has', async () => {
    const cache = first().caches.create<Value>('things');
    expect(cache.get('a', giving('x'))).to.be.instanceOf(Promise);
    await cache.get('a', giving('x'));
    expect(cache.get('a', giving('y'))).to.deep.equal({ text: 'x' });
  });

  it('keeps no failure', async () => {
    const cache = first().caches.create<Value>('things');
    await failureOf(() => cache.get('a', () => Promise.reject(new Error('away'))));
    expect(await cache.get('a', giving('back'))).to.deep.equal({ text: 'back' });
  });

  it('forgets what the own node changed as soon as that is committed, and not when it is rolled back', async () => {
    const { caches, node } = first();
    const cache = caches.create<Value>('things');
    await cache.get('a', giving('old'));
    await failureOf(() =>
      node.database.run(async () => {
        await cache.changed();
        throw new Error('rolled back');
      }),
    );
    expect(await cache.get('a', giving('new'))).to.deep.equal({ text: 'old' });
    await node.database.run(async () => {
      await cache.changed();
      expect(await cache.get('a', giving('uncommitted')), 'inside the unit it is bypassed').to.deep.equal({
        text: 'uncommitted',
      });
    });
    expect(await cache.get('a', giving('new'))).to.deep.equal({ text: 'new' });
  });

  it('does not keep what a slow load read before a change', async () => {
    const cache = first().caches.create<Value>('things');
    let finish: (value: Value) => void = () => undefined;
    const slow = cache.get(
      'a',
      () =>
        new Promise<Value>((resolve) => {
          finish = resolve;
        }),
    );
    await cache.changed();
    const fresh = cache.get('a', giving('new'));
    finish({ text: 'old' });
    expect(await slow).to.deep.equal({ text: 'old' });
    expect(await fresh, 'who asks after the change gets no old value').to.deep.equal({ text: 'new' });
    expect(await cache.get('a', giving('newer'))).to.deep.equal({ text: 'new' });
  });

  it('merges those who ask after a change even while the load from before still runs', async () => {
    const cache = first().caches.create<Value>('things');
    let finishOld: (value: Value) => void = () => undefined;
    const old = cache.get(
      'a',
      () =>
        new Promise<Value>((resolve) => {
          finishOld = resolve;
        }),
    );
    await cache.changed();
    let loads = 0;
    let finishNew: (value: Value) => void = () => undefined;
    const load = () => {
      loads++;
      return new Promise<Value>((resolve) => {
        finishNew = resolve;
      });
    };
    const one = cache.get('a', load);
    finishOld({ text: 'old' });
    await old;
    const two = cache.get('a', load);
    finishNew({ text: 'new' });
    expect(await Promise.race([Promise.all([one, two])])).to.deep.equal([{ text: 'new' }, { text: 'new' }]);
    expect(loads).to.equal(1);
  });

  it('hears of the change of another node within a second by looking into the database', async () => {
    await first().caches.start();
    await second().caches.start();
    const [here, there] = [first().caches.create<Value>('things'), second().caches.create<Value>('things')];
    const other = second().caches.create<Value>('others');
    await there.get('a', giving('old'));
    await other.get('a', giving('old'));
    await here.changed();
    const begun = performance.now();
    await eventually('the news', async () => (await there.get('a', giving('new')))?.text === 'new', 2000);
    expect(performance.now() - begun).to.be.lessThan(1000);
    expect(await other.get('a', giving('new')), 'other kinds stay').to.deep.equal({ text: 'old' });
  });

  it('hears of it at once by Redis', async function () {
    skipWithout(this, 'redis');
    const address = await createDatabase('redis');
    const { url, prefix } = redisPlace(address);
    const links = nodes.map(() => new RedisLink(url, prefix, keptLog().logger));
    try {
      for (const [index, link] of links.entries()) {
        await link.open();
        await link.shareChanges((nodes[index] as (typeof nodes)[number]).caches);
      }
      const [here, there] = [first().caches.create<Value>('things'), second().caches.create<Value>('things')];
      await there.get('a', giving('old'));
      await here.changed();
      await eventually('the news', async () => (await there.get('a', giving('new')))?.text === 'new', 400);
    } finally {
      for (const link of links) await link.close();
      await dropDatabase(address);
    }
  });
});
