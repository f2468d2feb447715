import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { attributeIs, type StoredUser, type UserStore } from '#core/users';
import { failureOf } from '../support/failures.js';

/** What the suite needs of a store under test. */
export interface UserStoreUnderTest {
  readonly store: UserStore;
  /** Organizations whose users the store holds: two, or the only one that it serves. */
  readonly orgs: readonly [string, string] | readonly [string];
  /** A password that the store takes. */
  readonly password: string;
  /** How many passwords have been checked so far, by hashes or by whoever else checks them. */
  hashesChecked(): number;
  /** Names of two attributes that the store keeps. */
  readonly attributes: readonly [string, string];
  readonly caseInsensitive: boolean;
  /**
   * `folded`: values are told apart as directories do it (RFC 4518). Spaces at the ends do not count, the same value in
   * letters of another case is the same, and so it is there once; the order is not kept.
   */
  readonly values?: 'exact' | 'folded';
  /** Makes a user behind the back of a store that is read-only. */
  make?(
    username: string,
    user: { readonly password: string } & Required<Pick<NewUser, 'attributes'>>,
  ): Promise<StoredUser>;
}

type NewUser = { password?: string | undefined; attributes?: Record<string, string[]> };

/** The store under test, and short ways to use it. */
class Harness {
  #subject: UserStoreUnderTest | undefined;
  #count = 0;

  attach(subject: UserStoreUnderTest): void {
    this.#subject = subject;
  }

  get subject(): UserStoreUnderTest {
    if (!this.#subject) throw new Error('the suite has not begun');
    return this.#subject;
  }

  get store(): UserStore {
    return this.subject.store;
  }

  readonly freshName = (prefix = 'user') => `${prefix}${++this.#count}`;

  /** The other organization; without one, the test is left out. */
  otherOrg(test: Mocha.Context): string {
    return this.subject.orgs[1] ?? test.skip();
  }

  /** Leaves the test out when the store is read-only. */
  needsWriter(test: Mocha.Context): void {
    if (!this.store.writer) test.skip();
  }

  readonly create = (username: string, more: NewUser = {}, at = this.subject.orgs[0]) => {
    const { password = this.subject.password, attributes = {} } = more;
    if (!this.store.writer && this.subject.make) return this.subject.make(username, { password, attributes });
    if (!this.store.writer) throw new Error('the store is read-only, and nobody makes users for it');
    return this.store.writer.create(at, { id: randomUUID(), username, password, attributes });
  };

  readonly verify = (name: string, password: string, at = this.subject.orgs[0]) => {
    if (!this.store.credentials) throw new Error('the store has no credentials');
    return this.store.credentials.verify(at, name, password);
  };
}

/** What every {@link UserStore} must do; what it has no capability for is left out. */
export function userStoreContract(open: () => UserStoreUnderTest): void {
  const harness = new Harness();
  before(() => harness.attach(open()));
  for (const part of [lookUps, searches, passwords, attributes, deletion]) part(harness);
}

function lookUps(harness: Harness): void {
  const { freshName, create } = harness;

  it('answers a ping', () => harness.store.ping());

  it('finds a user by id and by name, in its own organization only', async () => {
    const { store } = harness;
    const [org, other] = harness.subject.orgs;
    const user = await create(freshName());
    expect(await store.lookup.byId(org, user.id)).to.deep.equal(user);
    expect(await store.lookup.byUsername(org, user.username)).to.deep.equal(user);
    expect(await store.lookup.byId(org, randomUUID())).to.equal(undefined);
    expect(await store.lookup.byUsername(org, freshName('nobody'))).to.equal(undefined);
    if (other === undefined) return;
    expect(await store.lookup.byId(other, user.id)).to.equal(undefined);
    expect(await store.lookup.byUsername(other, user.username)).to.equal(undefined);
  });

  it('takes a name once in an organization, and again in another', async function () {
    harness.needsWriter(this);
    const { store } = harness;
    const [org, other] = harness.subject.orgs;
    const name = freshName();
    const user = await create(name);
    await failureOf(() => create(name));
    expect((await store.lookup.byUsername(org, name))?.id).to.equal(user.id);
    if (other !== undefined) expect((await create(name, {}, other)).id).not.to.equal(user.id);
  });

  it('lets one of many win who want the same name at once', async function () {
    harness.needsWriter(this);
    const name = freshName();
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => create(name)));
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
  });

  it('minds the case of names as it says', async () => {
    const { store, subject } = harness;
    const [org] = harness.subject.orgs;
    const name = freshName('Mixed');
    const user = await create(name);
    const found = await store.lookup.byUsername(org, name.toUpperCase());
    expect(found?.id).to.equal(subject.caseInsensitive ? user.id : undefined);
    expect((await store.lookup.byUsername(org, name))?.username, 'the name as it was given').to.equal(name);
    if (subject.caseInsensitive && store.writer) await failureOf(() => create(name.toLowerCase()));
  });
}

function searches(harness: Harness): void {
  const { freshName, create } = harness;

  /** Names of the users who have a value, or undefined when the store cannot be searched. */
  const holders = async (value: string, limit = 10, at = harness.subject.orgs[0]) => {
    const [one] = harness.subject.attributes;
    const filter = attributeIs(one, value);
    const found = await harness.store.search?.users(at, { filter, attributes: [], offset: 0, limit });
    return found?.items.map(({ username }) => username).sort();
  };

  it('finds users by a value of an attribute, in their organization only', async function () {
    const { store, subject } = harness;
    if (!store.search) return this.skip();
    const [one, two] = subject.attributes;
    const value = `${freshName('Holder')}@example.com`;
    const [first, second] = [
      await create(freshName(), { attributes: { [one]: [value, value.toUpperCase()] } }),
      await create(freshName(), { attributes: { [one]: ['other', value.toLowerCase()] } }),
    ];
    await create(freshName(), { attributes: { [one]: [`${value}.org`], [two]: [value] } });
    const [, other] = subject.orgs;
    const elsewhere = other && (await create(freshName(), { attributes: { [one]: [value] } }, other));
    expect(await holders(value)).to.deep.equal([first.username, second.username].sort());
    expect(await holders(value, 1)).to.have.length(1);
    if (elsewhere) expect(await holders(value, 10, other)).to.deep.equal([elsewhere.username]);
    if (!store.writer || !store.attributes.write) return;
    await store.attributes.write?.(subject.orgs[0], first.id, { [one]: [] });
    await store.writer?.delete(subject.orgs[0], second.id);
    expect(await holders(value)).to.deep.equal([]);
  });

  it('compares whole values, however long and whatever they hold', async function () {
    const { store, subject } = harness;
    if (!store.search) return this.skip();
    const [one] = subject.attributes;
    const long = 'x'.repeat(300);
    const user = await create(freshName(), {
      attributes: { [one]: [`${long}A`, "o'neil", 'strasse', '100%', ' pad'] },
    });
    for (const value of [`${long}a`, "O'NEIL", '100%', ' pad'])
      expect(await holders(value), value).to.deep.equal([user.username]);
    for (const value of [
      `${long}b`,
      long,
      'straße',
      '%',
      '1__%',
      'x\0',
      '',
      "' OR ''='",
      '*',
      'o*',
      '*)(uid=*',
      '\\2a',
    ])
      expect(await holders(value), value).to.deep.equal([]);
    const padded = subject.values === 'folded' ? [user.username] : [];
    for (const value of ['pad', ' pad ']) expect(await holders(value), value).to.deep.equal(padded);
  });
}

function passwords(harness: Harness): void {
  const { freshName, create, verify } = harness;

  it('accepts the right password and says why it rejects', async () => {
    const { subject } = harness;
    const [, other] = harness.subject.orgs;
    const user = await create(freshName());
    expect(await verify(user.username, subject.password)).to.deep.equal({ outcome: 'accepted', user });
    for (const wrong of ['', `${subject.password} `, subject.password.toUpperCase(), subject.password.slice(1)]) {
      expect(await verify(user.username, wrong)).to.deep.equal({ outcome: 'rejected', reason: 'bad_credential', user });
    }
    expect(await verify(freshName('nobody'), subject.password)).to.deep.equal({
      outcome: 'rejected',
      reason: 'unknown_user',
    });
    if (other !== undefined)
      expect((await verify(user.username, subject.password, other)).outcome).to.equal('rejected');
  });

  it('does the same work for a user who does not exist, so that the time tells nothing', async () => {
    const { hashesChecked } = harness.subject;
    const user = await create(freshName());
    const work = async (name: string) => {
      const before = hashesChecked();
      await verify(name, 'wrong password');
      return hashesChecked() - before;
    };
    await work('nobody-yet');
    expect(await work(user.username)).to.equal(1);
    expect(await work('nobody-there')).to.equal(1);
  });

  it('sets a password: the new one counts, the old one does not', async function () {
    const { store, subject } = harness;
    if (!store.credentials?.set) return this.skip();
    const [org, other] = harness.subject.orgs;
    const user = await create(freshName());
    const next = `${subject.password}-next`;
    await store.credentials?.set?.(org, user.id, next);
    expect((await verify(user.username, next)).outcome).to.equal('accepted');
    expect((await verify(user.username, subject.password)).outcome).to.equal('rejected');
    if (other === undefined) return;
    await store.credentials?.set?.(other, user.id, subject.password);
    expect((await verify(user.username, next)).outcome, 'another organization sets nothing').to.equal('accepted');
  });
}

function attributes(harness: Harness): void {
  const { freshName, create } = harness;

  it('keeps attributes in order, replaces and deletes them', async () => {
    const { store, subject } = harness;
    const [org] = harness.subject.orgs;
    const [one, two] = subject.attributes;
    const values = ['b', 'a', 'Grüße 🦀', "'; DROP TABLE um_user; --"];
    const user = await create(freshName(), { attributes: { [one]: values } });
    const read = async () => {
      const found = await store.attributes.read(org, user.id, [one, two]);
      if (subject.values !== 'folded') return found;
      return Object.fromEntries(Object.entries(found).map(([name, list]) => [name, [...list].sort()]));
    };
    expect(await read()).to.deep.equal({ [one]: subject.values === 'folded' ? values.toSorted() : values });
    expect(await store.attributes.read(org, user.id, [])).to.deep.equal({});
    expect(await store.attributes.read(org, user.id, ['never-heard-of'])).to.deep.equal({});
    if (!store.attributes.write) return;
    await store.attributes.write(org, user.id, { [one]: ['c'], [two]: ['d'] });
    expect(await read()).to.deep.equal({ [one]: ['c'], [two]: ['d'] });
    await store.attributes.write(org, user.id, { [one]: [] });
    expect(await read()).to.deep.equal({ [two]: ['d'] });
  });

  it('neither shows nor changes attributes through another organization', async function () {
    const { store, subject } = harness;
    const [org] = harness.subject.orgs;
    const other = harness.otherOrg(this);
    const [one] = subject.attributes;
    const user = await create(freshName(), { attributes: { [one]: ['ours'] } });
    expect(await store.attributes.read(other, user.id, [one])).to.deep.equal({});
    await store.attributes.write?.(other, user.id, { [one]: ['theirs'] }).catch(() => undefined);
    expect(await store.attributes.read(org, user.id, [one])).to.deep.equal({ [one]: ['ours'] });
  });
}

function deletion(harness: Harness): void {
  const { freshName, create, verify } = harness;

  it('deletes a user with all that belongs to it, once, and only in its organization', async function () {
    harness.needsWriter(this);
    const { store, subject } = harness;
    const [org, other] = harness.subject.orgs;
    const [one] = subject.attributes;
    const user = await create(freshName(), { attributes: { [one]: ['x'] } });
    if (other !== undefined) expect(await store.writer?.delete(other, user.id)).to.equal(false);
    expect(await store.attributes.read(org, user.id, [one])).to.deep.equal({ [one]: ['x'] });
    expect(await store.writer?.delete(org, user.id)).to.equal(true);
    expect(await store.writer?.delete(org, user.id)).to.equal(false);
    expect(await store.lookup.byId(org, user.id)).to.equal(undefined);
    expect(await store.attributes.read(org, user.id, [one])).to.deep.equal({});
    expect((await verify(user.username, subject.password)).outcome).to.equal('rejected');
    expect((await create(user.username)).id, 'the name is free, the id is new').not.to.equal(user.id);
  });

  it('refuses names that are none, and takes hostile ones for what they are', async function () {
    harness.needsWriter(this);
    const { store, subject } = harness;
    const [org] = harness.subject.orgs;
    for (const bad of ['', 'ab', 'with space', 'a*b', 'x'.repeat(300)]) await failureOf(() => create(bad));
    for (const hostile of ["o'brien", 'a--b', 'üñï🦀', '__proto__', 'constructor', '$&{jndi}']) {
      const user = await create(hostile);
      expect((await store.lookup.byUsername(org, hostile))?.id, hostile).to.equal(user.id);
    }
    for (const pattern of [
      '%',
      '_____',
      "' OR 1=1 --",
      '*',
      'o*',
      '*)(|(uid=*',
      '\u0001',
      'a\0',
      "o'brien ",
      'x'.repeat(10_000),
    ]) {
      expect(await store.lookup.byUsername(org, pattern), pattern).to.equal(undefined);
      expect((await verify(pattern, subject.password)).outcome, pattern).to.equal('rejected');
    }
  });
}
