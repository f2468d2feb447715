import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { CompareFilter, Comparison, FilterSubject, StoredUser, StoreFilter, UserStore } from '#core/users';

/** What the suite needs of a store that can be searched. */
export interface SearchUnderTest {
  readonly store: UserStore;
  /** An organization whose users the store holds. */
  readonly org: string;
  /** Makes a user, through the store or behind its back. */
  make(username: string, attributes: Readonly<Record<string, string[]>>): Promise<StoredUser>;
  /** Puts users into a new group; undefined when the store has no groups, or when it cannot be done. */
  group?(name: string, members: readonly StoredUser[]): Promise<{ readonly id: string }>;
  /** An attribute that holds texts, one that holds several, and one whose values have an order. */
  readonly attributes: { readonly text: string; readonly many: string; readonly ordered: string };
}

const attribute = (name: string): FilterSubject => ({ of: 'attribute', name });
const compare = (subject: FilterSubject, comparison: Comparison, value = ''): CompareFilter => ({
  op: 'compare',
  subject,
  comparison,
  value,
  type: 'string',
});
const and = (...filters: StoreFilter[]): StoreFilter => ({ op: 'and', filters });
const or = (...filters: StoreFilter[]): StoreFilter => ({ op: 'or', filters });
const not = (filter: StoreFilter): StoreFilter => ({ op: 'not', filter });
const NAME: FilterSubject = { of: 'name' };
const MINE = compare(NAME, 'sw', 'srch-');

/** Four users, the store, and what a search finds among them. */
class Harness {
  #subject: SearchUnderTest | undefined;
  readonly users: Record<string, StoredUser> = {};

  async attach(subject: SearchUnderTest): Promise<void> {
    this.#subject = subject;
    const { text, many, ordered } = subject.attributes;
    const made = {
      ann: { [text]: ['Main Street 1'], [many]: ['red', 'green'], [ordered]: ['alpha'] },
      ben: { [text]: ['main road (2)'], [many]: ['green'], [ordered]: ['Bravo'] },
      cat: { [text]: ['100% *pure* \\ grüße'], [ordered]: ['charlie'] },
      dan: {},
    };
    for (const [name, attributes] of Object.entries(made))
      this.users[name] = await subject.make(`srch-${name}`, attributes);
  }

  get subject(): SearchUnderTest {
    if (!this.#subject) throw new Error('the suite has not begun');
    return this.#subject;
  }

  get search() {
    const { search } = this.subject.store;
    if (!search) throw new Error('the store cannot be searched');
    return search;
  }

  /** Short names of those whom a filter finds among the four. */
  readonly found = async (filter: StoreFilter): Promise<readonly string[]> => {
    const query = { filter: and(MINE, filter), attributes: [], offset: 0, limit: 50 };
    const { items } = await this.search.users(this.subject.org, query);
    return items.map(({ username }) => username.replace('srch-', '')).sort();
  };
}

/** What a {@link UserStore} that can be searched must find. */
export function userStoreSearchContract(open: () => SearchUnderTest): void {
  const harness = new Harness();
  before(() => harness.attach(open()));
  for (const part of [texts, orders, combinations, groups, paging]) part(harness);
}

function texts(harness: Harness): void {
  const { found } = harness;

  it('compares texts: equal, not, containing, beginning, ending, present; letters of any case', async () => {
    const text = attribute(harness.subject.attributes.text);
    const expectation: readonly (readonly [Comparison, string, readonly string[]])[] = [
      ['eq', 'MAIN street 1', ['ann']],
      ['eq', 'main', []],
      ['ne', 'main street 1', ['ben', 'cat', 'dan']],
      ['co', 'AIN ', ['ann', 'ben']],
      ['co', 'GRÜSSE', []],
      ['co', 'Grüße', ['cat']],
      ['sw', 'Main', ['ann', 'ben']],
      ['ew', '1', ['ann']],
      ['ew', '(2)', ['ben']],
      ['pr', '', ['ann', 'ben', 'cat']],
    ];
    for (const [comparison, value, wanted] of expectation)
      expect(await found(compare(text, comparison, value)), `${comparison} ${value}`).to.deep.equal(wanted);
  });

  it('takes wildcards and signs of filters for what they are', async () => {
    const text = attribute(harness.subject.attributes.text);
    expect(await found(compare(text, 'co', '*'))).to.deep.equal(['cat']);
    expect(await found(compare(text, 'co', '%'))).to.deep.equal(['cat']);
    expect(await found(compare(text, 'co', '*pure*'))).to.deep.equal(['cat']);
    expect(await found(compare(text, 'co', '\\'))).to.deep.equal(['cat']);
    for (const hostile of ['M*', '_ain%', '*)(uid=*', ')(|(objectClass=*)', "' OR ''='", '\\2a', '\u0001'])
      expect(await found(compare(text, 'eq', hostile)), hostile).to.deep.equal([]);
    for (const hostile of ['a*n', 'M_in', ')(', '\\2a', '" OR 1'])
      expect(await found(compare(text, 'co', hostile)), hostile).to.deep.equal([]);
  });

  it('is content with one of several values', async () => {
    const many = attribute(harness.subject.attributes.many);
    expect(await found(compare(many, 'eq', 'GREEN'))).to.deep.equal(['ann', 'ben']);
    expect(await found(compare(many, 'ne', 'red'))).to.deep.equal(['ben', 'cat', 'dan']);
    expect(await found(not(compare(many, 'pr')))).to.deep.equal(['cat', 'dan']);
  });

  it('finds nobody by an attribute that there is not, and everybody without it', async () => {
    const unknown = attribute('neverHeardOf');
    expect(await found(compare(unknown, 'eq', 'x'))).to.deep.equal([]);
    expect(await found(compare(unknown, 'pr'))).to.deep.equal([]);
    expect(await found(not(compare(unknown, 'eq', 'x')))).to.deep.equal(['ann', 'ben', 'cat', 'dan']);
    expect(await found(compare(unknown, 'ne', 'x'))).to.deep.equal(['ann', 'ben', 'cat', 'dan']);
  });
}

function orders(harness: Harness): void {
  const { found } = harness;

  it('compares by order', async () => {
    const ordered = attribute(harness.subject.attributes.ordered);
    const expectation: readonly (readonly [Comparison, string, readonly string[]])[] = [
      ['gt', 'bravo', ['cat']],
      ['ge', 'BRAVO', ['ben', 'cat']],
      ['lt', 'bravo', ['ann']],
      ['le', 'bravo', ['ann', 'ben']],
      ['gt', 'charlie', []],
      ['lt', 'b', ['ann']],
    ];
    for (const [comparison, value, wanted] of expectation)
      expect(await found(compare(ordered, comparison, value)), `${comparison} ${value}`).to.deep.equal(wanted);
    expect(await found(not(compare(ordered, 'ge', 'bravo')))).to.deep.equal(['ann', 'dan']);
  });

  it('knows names and ids', async () => {
    const { ann, ben } = harness.users;
    const id: FilterSubject = { of: 'id' };
    expect(await found(compare(NAME, 'eq', 'SRCH-ann'))).to.deep.equal(['ann']);
    expect(await found(compare(NAME, 'ew', '-ben'))).to.deep.equal(['ben']);
    expect(await found(compare(NAME, 'ne', 'srch-ann'))).to.deep.equal(['ben', 'cat', 'dan']);
    expect(await found(compare(NAME, 'pr'))).to.deep.equal(['ann', 'ben', 'cat', 'dan']);
    expect(await found(compare(id, 'eq', ann?.id))).to.deep.equal(['ann']);
    expect(await found(compare(id, 'eq', randomUUID()))).to.deep.equal([]);
    expect(await found(compare(id, 'eq', 'no id at all'))).to.deep.equal([]);
    expect(await found(compare(id, 'ne', ann?.id))).to.deep.equal(['ben', 'cat', 'dan']);
    expect(await found(compare(id, 'pr'))).to.deep.equal(['ann', 'ben', 'cat', 'dan']);
    const ids = [ann?.id ?? '', ben?.id ?? '', randomUUID(), '*'];
    expect(await found({ op: 'ids', ids })).to.deep.equal(['ann', 'ben']);
    expect(await found({ op: 'ids', ids: [] })).to.deep.equal([]);
    const many = [...Array.from({ length: 499 }, () => randomUUID()), ben?.id ?? ''];
    expect(await found({ op: 'ids', ids: many })).to.deep.equal(['ben']);
  });
}

function combinations(harness: Harness): void {
  const { found } = harness;

  it('combines with and, or, not', async () => {
    const text = attribute(harness.subject.attributes.text);
    const many = attribute(harness.subject.attributes.many);
    const main = compare(text, 'sw', 'main');
    const red = compare(many, 'eq', 'red');
    expect(await found(and(main, red))).to.deep.equal(['ann']);
    expect(await found(and(main, not(red)))).to.deep.equal(['ben']);
    expect(await found(or(red, not(compare(text, 'pr'))))).to.deep.equal(['ann', 'dan']);
    expect(await found(not(or(main, compare(NAME, 'eq', 'srch-dan'))))).to.deep.equal(['cat']);
    expect(await found(and())).to.deep.equal(['ann', 'ben', 'cat', 'dan']);
    expect(await found(or())).to.deep.equal([]);
    expect(await found(not(not(main)))).to.deep.equal(['ann', 'ben']);
  });
}

function groups(harness: Harness): void {
  const { found } = harness;

  it('finds users by their groups', async function () {
    const { subject, users } = harness;
    if (!subject.group) return this.skip();
    const { ann, ben } = users as Record<'ann' | 'ben', StoredUser>;
    const red = await subject.group('srch-Reds', [ann]);
    await subject.group('srch-Greens', [ann, ben]);
    const by = (how: 'id' | 'name', comparison: Comparison, value = '') =>
      compare({ of: 'group', by: how }, comparison, value);
    expect(await found(by('id', 'eq', red.id))).to.deep.equal(['ann']);
    expect(await found(by('id', 'eq', randomUUID()))).to.deep.equal([]);
    expect(await found(by('name', 'eq', 'SRCH-greens'))).to.deep.equal(['ann', 'ben']);
    expect(await found(by('name', 'eq', 'srch-*'))).to.deep.equal([]);
    expect(await found(by('name', 'ne', 'srch-Reds'))).to.deep.equal(['ben', 'cat', 'dan']);
    expect(await found(by('name', 'sw', 'srch-'))).to.deep.equal(['ann', 'ben']);
    expect(await found(by('name', 'co', 'red'))).to.deep.equal(['ann']);
    expect(await found(by('id', 'pr'))).to.deep.equal(['ann', 'ben']);
    expect(await found(not(by('id', 'pr')))).to.deep.equal(['cat', 'dan']);
    expect(await found(and(by('name', 'eq', 'srch-greens'), not(by('id', 'eq', red.id))))).to.deep.equal(['ben']);
  });
}

function paging(harness: Harness): void {
  it('gives pages with each user once, always in the same order, and the total at the end', async () => {
    const { org } = harness.subject;
    const page = (offset: number, limit: number) =>
      harness.search.users(org, { filter: MINE, attributes: [], offset, limit });
    const pages = [await page(0, 2), await page(2, 1), await page(3, 5)];
    expect(pages.map(({ items }) => items.length)).to.deep.equal([2, 1, 1]);
    const all = (await page(0, 50)).items;
    expect(pages.flatMap(({ items }) => items)).to.deep.equal(all);
    expect(all.map(({ id }) => id)).to.have.members(Object.values(harness.users).map(({ id }) => id));
    for (const { total } of pages) expect(total ?? 4).to.equal(4);
    for (const beyond of [4, 5, 1000])
      expect(await page(beyond, 2), String(beyond)).to.deep.equal({ items: [], total: 4 });
    expect((await page(0, 0)).items).to.deep.equal([]);
  });

  it('reads the attributes that were asked for, on every page', async () => {
    const { org, attributes } = harness.subject;
    const { text, many } = attributes;
    const read = (offset: number) =>
      harness.search.users(org, {
        filter: compare(NAME, 'sw', 'srch-'),
        attributes: [text, many, 'neverHeardOf'],
        offset,
        limit: 4,
      });
    for (const { items } of [await read(0), await read(1)])
      for (const { username, attributes: values } of items) {
        if (username === 'srch-ben') expect(values).to.deep.equal({ [text]: ['main road (2)'], [many]: ['green'] });
        if (username === 'srch-ann') expect(values[many]).to.have.members(['red', 'green']);
        if (username === 'srch-dan') expect(values).to.deep.equal({});
      }
  });

  it('lists all without a filter', async () => {
    const { org } = harness.subject;
    const ids: string[] = [];
    for (let offset = 0; ; offset += 3) {
      const { items } = await harness.search.users(org, { attributes: [], offset, limit: 3 });
      ids.push(...items.map(({ id }) => id));
      if (items.length < 3) break;
    }
    expect(ids).to.include.members(Object.values(harness.users).map(({ id }) => id));
    expect(new Set(ids).size).to.equal(ids.length);
  });
}
