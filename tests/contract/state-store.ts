import { expect } from 'chai';
import { claim, consume, type StateEntry, type StateKey, type StateStore } from '#core/persistence';
import { eventually } from '../support/eventually.js';

/** What the suite needs of a store under test. */
export interface StateStoreUnderTest {
  readonly store: StateStore;
  /** The same state seen from another node. */
  readonly other: StateStore;
  now(): number;
  /** Lets so much time pass; absent where the time of a server counts. */
  readonly advance?: ((milliseconds: number) => void) | undefined;
}

const ORG = '00000000-0000-4000-8000-000000000001';
const OTHER_ORG = '00000000-0000-4000-8000-000000000002';
const HOUR = 3_600_000;

/** The store under test, and short ways to use it. */
class Harness implements StateStoreUnderTest {
  #subject: StateStoreUnderTest | undefined;
  #count = 0;

  attach(subject: StateStoreUnderTest): void {
    this.#subject = subject;
  }

  get store(): StateStore {
    return this.#attached.store;
  }

  get other(): StateStore {
    return this.#attached.other;
  }

  get advance(): ((milliseconds: number) => void) | undefined {
    return this.#attached.advance;
  }

  now(): number {
    return this.#attached.now();
  }

  readonly fresh = (kind = 'thing'): StateKey => ({ orgId: ORG, kind, id: `id-${++this.#count}` });

  readonly entry = (key: StateKey, value: unknown = 'v', more: Partial<StateEntry> = {}): StateEntry => ({
    ...key,
    value,
    expiresAt: this.now() + HOUR,
    ...more,
  });

  readonly put = (...entries: StateEntry[]) => this.store.apply(entries.map((one) => ({ put: one })));

  readonly get = (key: StateKey) => this.store.get(key);

  get #attached(): StateStoreUnderTest {
    if (!this.#subject) throw new Error('the suite has not begun');
    return this.#subject;
  }
}

/** What every {@link StateStore} must do, on whatever it stands. */
export function stateStoreContract(open: () => StateStoreUnderTest): void {
  const harness = new Harness();
  before(() => harness.attach(open()));
  for (const part of [entries, oneTimeThings, batches, references, updates, counters, names]) part(harness);
}

function entries(subject: Harness): void {
  const { fresh, entry, put, get } = subject;

  it('gives back what was put, and replaces it', async () => {
    const key = fresh();
    expect(await get(key)).to.equal(undefined);
    await put(entry(key, { a: [1, null, true, 'x'], b: {} }));
    expect(await get(key)).to.deep.equal({ a: [1, null, true, 'x'], b: {} });
    await put(entry(key, 0));
    expect(await subject.other.get(key), 'seen by another node').to.equal(0);
  });

  it('removes, also what is not there', async () => {
    const key = fresh();
    await put(entry(key));
    expect((await subject.store.apply([{ remove: key }, { remove: fresh() }])).applied).to.equal(true);
    expect(await get(key)).to.equal(undefined);
  });

  it('applies an empty batch', async () => {
    expect(await subject.store.apply([])).to.deep.equal({ applied: true, consumed: [] });
  });

  it('shows nothing that has expired, in no way', async () => {
    const { store } = subject;
    const key = fresh();
    const life = subject.advance ? HOUR : 60;
    await put(entry(key, 'v', { expiresAt: subject.now() + life, refs: ['expiring'] }));
    expect(await get(key)).to.equal('v');
    subject.advance?.(life);
    await eventually('it expires', async () => (await get(key)) === undefined);
    expect(await consume(store, key)).to.equal(undefined);
    expect(await store.update(key, () => ({ value: 'w', expiresAt: subject.now() + HOUR }))).to.equal(undefined);
    expect(await store.findByRef(ORG, key.kind, 'expiring')).to.deep.equal([]);
    expect(await claim(store, entry(key, 'new')), 'the name is free again').to.equal(true);
    expect(await get(key)).to.equal('new');
  });

  it('takes an entry that is put already expired for absent', async () => {
    const key = fresh();
    await put(entry(key, 'v', { expiresAt: subject.now() - 1000 }));
    expect(await get(key)).to.equal(undefined);
  });
}

function oneTimeThings(subject: Harness): void {
  const { fresh, entry, put, get } = subject;

  it('gives a one-time entry to exactly one of fifty consumers on two nodes', async () => {
    const key = fresh();
    await put(entry(key, { code: 1 }));
    const takers = Array.from({ length: 50 }, (_, index) => consume(index % 2 ? subject.store : subject.other, key));
    const got = (await Promise.all(takers)).filter((value) => value !== undefined);
    expect(got).to.deep.equal([{ code: 1 }]);
    expect(await get(key)).to.equal(undefined);
  });

  it('lets exactly one of fifty claim a name', async () => {
    const key = fresh();
    const tries = Array.from({ length: 50 }, (_, index) =>
      claim(index % 2 ? subject.store : subject.other, entry(key, index)),
    );
    const won = (await Promise.all(tries)).flatMap((written, index) => (written ? [index] : []));
    expect(won).to.have.length(1);
    expect(await get(key)).to.equal(won[0]);
  });

  it('refuses to consume one thing twice in a batch', async () => {
    const key = fresh();
    await put(entry(key));
    const outcome = await subject.store.apply([{ consume: key }, { consume: key }]);
    expect(outcome.applied).to.equal(false);
    expect(await get(key)).to.equal('v');
  });

  it('refuses to claim one name twice in a batch', async () => {
    const key = fresh();
    const outcome = await subject.store.apply([{ claim: entry(key, 1) }, { claim: entry(key, 2) }]);
    expect(outcome.applied).to.equal(false);
    expect(await get(key)).to.equal(undefined);
  });
}

function batches(subject: Harness): void {
  const { fresh, entry, put, get } = subject;

  it('does nothing of a batch when something to consume is missing', async () => {
    const [there, written, kept] = [fresh(), fresh(), fresh()];
    await put(entry(there, 'there'), entry(kept, 'kept'));
    const outcome = await subject.store.apply([
      { put: entry(written) },
      { consume: there },
      { remove: kept },
      { consume: fresh() },
    ]);
    expect(outcome).to.deep.equal({ applied: false, consumed: [] });
    expect([await get(there), await get(written), await get(kept)]).to.deep.equal(['there', undefined, 'kept']);
  });

  it('does nothing of a batch when a name is taken', async () => {
    const [taken, free, code] = [fresh(), fresh(), fresh()];
    await put(entry(taken, 'first'), entry(code, 'code'));
    const outcome = await subject.store.apply([
      { claim: entry(free) },
      { claim: entry(taken, 'second') },
      { consume: code },
    ]);
    expect(outcome.applied).to.equal(false);
    expect([await get(free), await get(taken), await get(code)]).to.deep.equal([undefined, 'first', 'code']);
  });

  it('consumes several in their order and writes in the same breath', async () => {
    const [a, b, c] = [fresh(), fresh(), fresh()];
    await put(entry(a, 'a'), entry(b, 'b'));
    const outcome = await subject.store.apply([{ consume: b }, { put: entry(c, 'c') }, { consume: a }]);
    expect(outcome).to.deep.equal({ applied: true, consumed: ['b', 'a'] });
    expect(await get(c)).to.equal('c');
  });
}

function references(subject: Harness): void {
  const { fresh, entry, put, get } = subject;

  it('finds by reference, within its kind, what is alive', async () => {
    const { store } = subject;
    const [a, b, elsewhere] = [fresh(), fresh(), fresh('other-kind')];
    await put(entry(a, 'a', { refs: ['user:1', 'sid:1'] }), entry(b, 'b', { refs: ['user:1'] }));
    await put(entry(elsewhere, 'c', { refs: ['user:1'] }));
    const values = async () => (await store.findByRef(ORG, 'thing', 'user:1')).map(({ value }) => value).sort();
    expect(await values()).to.deep.equal(['a', 'b']);
    expect(await store.findByRef(ORG, 'thing', 'sid:1')).to.deep.equal([{ id: a.id, value: 'a' }]);
    await store.apply([{ remove: a }]);
    expect(await values()).to.deep.equal(['b']);
    expect(await store.removeByRef(ORG, 'thing', 'user:1')).to.equal(1);
    expect(await store.removeByRef(ORG, 'thing', 'user:1')).to.equal(0);
    expect(await get(elsewhere)).to.equal('c');
  });

  it('keeps the references of an update', async () => {
    const key = fresh();
    await put(entry(key, 1, { refs: ['before'] }));
    await subject.store.update(key, () => ({ value: 2, expiresAt: subject.now() + HOUR, refs: ['before', 'after'] }));
    expect(await subject.store.findByRef(ORG, key.kind, 'after')).to.deep.equal([{ id: key.id, value: 2 }]);
    expect(await subject.store.findByRef(ORG, key.kind, 'before')).to.have.length(1);
  });
}

function updates(subject: Harness): void {
  const { fresh, entry, put, get } = subject;

  it('updates without losing anything to others that update too', async () => {
    const key = fresh();
    await put(entry(key, { count: 0 }));
    const add = (store: StateStore) =>
      store.update<{ count: number }>(key, ({ count: before }) => ({
        value: { count: before + 1 },
        expiresAt: subject.now() + HOUR,
      }));
    await Promise.all(Array.from({ length: 20 }, (_, index) => add(index % 2 ? subject.store : subject.other)));
    expect(await get(key)).to.deep.equal({ count: 20 });
  });

  it('leaves an entry alone when the update says so, and makes none', async () => {
    const { store } = subject;
    const key = fresh();
    expect(await store.update(key, () => ({ value: 1, expiresAt: subject.now() + HOUR }))).to.equal(undefined);
    expect(await get(key)).to.equal(undefined);
    await put(entry(key, 'v'));
    expect(await store.update(key, () => undefined)).to.equal('v');
    expect(await get(key)).to.equal('v');
  });

  it('does not bring back what somebody took out during an update', async () => {
    const { store } = subject;
    const key = fresh();
    await put(entry(key, 1));
    let calls = 0;
    const results = await Promise.all([
      store.update<number>(key, (value) => {
        calls++;
        return { value: value + 1, expiresAt: subject.now() + HOUR, refs: ['again'] };
      }),
      consume(subject.other, key),
    ]);
    expect(calls).to.be.lessThan(3);
    expect(results[1], 'consumed before or after the update').to.be.oneOf([1, 2]);
    expect(await get(key)).to.equal(undefined);
  });
}

function counters(subject: Harness): void {
  const { fresh, get } = subject;

  it('counts every increment once, from one', async () => {
    const key = fresh('counter');
    const counts = await Promise.all(
      Array.from({ length: 30 }, (_, index) => (index % 2 ? subject.store : subject.other).increment(key, HOUR)),
    );
    expect(counts.sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  it('begins to count anew when the time of the counter is over, which no increment prolongs', async () => {
    const { store } = subject;
    const key = fresh('counter');
    const life = subject.advance ? HOUR : 80;
    expect(await store.increment(key, life)).to.equal(1);
    subject.advance?.(life / 2);
    expect(await store.increment(key, life)).to.equal(2);
    subject.advance?.(life / 2);
    await eventually('the counter is over', async () => (await get(key)) === undefined);
    expect(await store.increment(key, life)).to.equal(1);
  });
}

function names(subject: Harness): void {
  const { fresh, entry, put, get } = subject;

  it('keeps organizations and kinds apart', async () => {
    const key = fresh();
    const foreign = { ...key, orgId: OTHER_ORG };
    await put(entry(key, 'ours', { refs: ['shared'] }));
    expect(await get(foreign)).to.equal(undefined);
    expect(await get({ ...key, kind: 'other' })).to.equal(undefined);
    expect(await consume(subject.store, foreign)).to.equal(undefined);
    expect(await subject.store.findByRef(OTHER_ORG, key.kind, 'shared')).to.deep.equal([]);
    expect(await subject.store.removeByRef(OTHER_ORG, key.kind, 'shared')).to.equal(0);
    await subject.store.apply([{ remove: foreign }]);
    expect(await get(key)).to.equal('ours');
  });

  it('goes through all live entries of a kind and an organization, however many', async () => {
    const kind = 'scanned*[a-z]?';
    const keys = Array.from({ length: 1100 }, (_, index) => ({ orgId: ORG, kind, id: `n-${index}` }));
    await put(...keys.map((key, index) => entry(key, index)));
    await put(entry({ orgId: OTHER_ORG, kind, id: 'other' }), entry({ orgId: ORG, kind: 'scannedx', id: 'another' }));
    await put(entry({ orgId: ORG, kind, id: 'old' }, 'v', { expiresAt: subject.now() - 1000 }));
    const found = new Map<string, unknown>();
    for await (const { id, value } of subject.store.scan(ORG, kind)) found.set(id, value);
    expect(found.size).to.equal(1100);
    expect(found.get('n-1099')).to.equal(1099);
  });

  it('takes hostile ids, references and values as they are', async () => {
    const hostile = [
      ...["'; DROP TABLE living_state; --", '%', '_', 'a:b', '🦀', 'é'],
      ...['e\u0301', '*', ' ', 'a ', '?', '$1', '\\', '"', '\n', '__proto__'],
    ];
    const keys = hostile.map((id) => ({ orgId: ORG, kind: 'hostile', id }));
    await put(
      ...keys.map((key, index) => entry(key, { __html: hostile[index], index }, { refs: [`r:${hostile[index]}`] })),
    );
    for (const [index, key] of keys.entries()) {
      expect(await get(key), key.id).to.deep.equal({ __html: key.id, index });
      expect((await subject.store.findByRef(ORG, 'hostile', `r:${key.id}`)).map(({ id }) => id)).to.deep.equal([
        key.id,
      ]);
    }
    expect(await get({ orgId: ORG, kind: 'hostile', id: 'A' })).to.equal(undefined);
  });

  it('does not mix up names whose parts run together', async () => {
    await put(entry({ orgId: ORG, kind: 'a', id: 'b:c' }, 1));
    expect(await get({ orgId: ORG, kind: 'a:b', id: 'c' })).to.equal(undefined);
  });

  it('keeps large values, and the case of ids', async () => {
    const [large, upper] = [fresh(), { ...fresh(), id: 'CaseSensitive' }];
    const text = 'ä🦀'.repeat(8000);
    await put(entry(large, text), entry(upper, 1));
    expect(await get(large)).to.equal(text);
    expect(await get({ ...upper, id: 'casesensitive' })).to.equal(undefined);
  });
}
