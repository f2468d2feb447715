import { expect } from 'chai';
import { onEachDatabase } from '../../../support/databases.js';
import { addStore, slapdStore } from '../../../support/directory-stores.js';
import { skipWithout } from '../../../support/services.js';
import { slapdTree } from '../../../support/slapd.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const PASSWORD = 'Correct-horse-1';
/** Names as they are written, as somebody else writes them, and parts of them as they are searched for. */
const NAMES = [
  { written: 'rene\u0301', other: 'REN\u00c9', part: 'EN\u00c9', start: 'RENe\u0301' },
  { written: 'Bj\u00f6rk', other: 'BJO\u0308RK', part: 'J\u00d6R', start: 'bjo\u0308' },
  {
    written: '\u0416\u0430\u043d\u043d\u0430',
    other: '\u0436\u0410\u041d\u041d\u0410',
    part: '\u0410\u041d',
    start: '\u0436\u0430',
  },
  { written: 'Stra\u00dfe', other: 'STRA\u1e9eE', part: 'A\u1e9e', start: 'stra\u00df' },
  { written: '\u1ed2ng', other: 'o\u0302\u0300NG', part: '\u1ed3', start: 'O\u0302\u0300' },
  { written: '\u5c71\u7530\u82b1', other: '\u5c71\u7530\u82b1', part: '\u7530', start: '\u5c71' },
] as const;

function sameLetters(server: () => TestServer, domain: string, names: readonly (typeof NAMES)[number][] = NAMES): void {
  const found = async (filter: string) => {
    const query = new URLSearchParams({ filter, attributes: 'userName', domain });
    const { status, body } = await server().api('GET', `/scim2/Users?${query}`);
    const users = (body['Resources'] ?? []) as { userName: string }[];
    return [status, ...users.map(({ userName }) => userName.replace(/^.*\//, ''))].join(' ');
  };
  const make = (name: string, more: object = {}) =>
    server().api('POST', '/scim2/Users', { userName: `${domain}/${name}`, password: PASSWORD, ...more });

  it('are found by whoever writes them otherwise', async function () {
    this.timeout(60_000);
    for (const { written, other, part, start } of names) {
      const kept = written.normalize('NFC');
      const made = await make(written, { nickName: `Nick ${written}` });
      expect(made.status, JSON.stringify(made.body)).to.equal(201);
      expect((await make(other)).status, other).to.equal(409);
      for (const text of [written, other]) {
        expect(await found(`userName eq "${text}"`), `userName eq ${text}`).to.equal(`200 ${kept}`);
        expect(await found(`nickName eq "nick ${text}"`), `nickName eq ${text}`).to.equal(`200 ${kept}`);
        const me = await server().fetch('/scim2/Me', {
          headers: { authorization: `Basic ${Buffer.from(`${domain}/${text}:${PASSWORD}`).toString('base64')}` },
        });
        expect(me.status, `the sign-in of ${text}`).to.equal(200);
      }
      expect(await found(`userName sw "${start}"`), start).to.equal(`200 ${kept}`);
      expect(await found(`nickName co "${part}"`), part).to.equal(`200 ${kept}`);
      expect(await found(`nickName ew "${other.slice(-2)}"`), other).to.equal(`200 ${kept}`);
    }
  });
}

onEachDatabase('letters of all languages', (database) => {
  let server: TestServer;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ database });
  });
  after(() => server?.stop());
  sameLetters(() => server, 'PRIMARY');

  it('name groups, values that the server keeps, and a sigma at the end of a word', async () => {
    const schemas = ['urn:ietf:params:scim:schemas:core:2.0:Group'];
    const group = (displayName: string) => server.api('POST', '/scim2/Groups', { schemas, displayName });
    expect((await group('Cafe\u0301')).status).to.equal(201);
    expect((await group('CAF\u00c9')).status).to.equal(409);
    const groups = await server.api(
      'GET',
      `/scim2/Groups?${new URLSearchParams({ filter: 'displayName eq "CAF\u00c9"' })}`,
    );
    expect(groups.body['totalResults']).to.equal(1);
    const extension = 'urn:scim:wso2:schema';
    const made = await server.api('POST', '/scim2/Users', {
      userName: '\u039f\u0394\u039f\u03a3\u0393',
      password: PASSWORD,
      nickName: '\u03bf\u03b4\u03cc\u03c2',
      [extension]: { userSourceId: 'E\u0301cole' },
    });
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
    for (const filter of [
      'nickName eq "\u039f\u0394\u038c\u03a3"',
      'nickName ew "\u03a3"',
      'userName sw "\u03bf\u03b4\u03bf\u03c2"',
      `${extension}:userSourceId eq "\u00e9COLE"`,
      `${extension}:userSourceId sw "e\u0301"`,
    ]) {
      const { body } = await server.api('GET', `/scim2/Users?${new URLSearchParams({ filter })}`);
      expect(body['totalResults'], filter).to.equal(1);
    }
  });
});

describe('letters of all languages in a directory', () => {
  let server: TestServer;
  before(async function () {
    skipWithout(this, 'slapd');
    this.timeout(60_000);
    server = await startTestServer();
    const { className, properties } = slapdStore(await slapdTree('letters'));
    await addStore(server, 'PEOPLE', { className, properties: { ...properties, UsernameJavaRegEx: '^\\S{2,30}$' } });
  });
  after(() => server?.stop());
  // Its table of letters is older than the capital sharp s.
  const known = NAMES.filter(({ other }) => !other.includes('\u1e9e'));
  sameLetters(() => server, 'PEOPLE', known);

  it('of which it does not know the case do not make two of one name', async () => {
    for (const [name, other] of [
      ['Stra\u00dfe', 'STRA\u1e9eE'],
      ['\u03bf\u03b4\u03cc\u03c2', '\u039f\u0394\u038c\u03a3'],
      ['\u03a3\u039f\u03a6\u039f\u03a3', '\u03c3\u03bf\u03c6\u03bf\u03c2'],
    ] as const) {
      const make = (userName: string) =>
        server.api('POST', '/scim2/Users', { userName: `PEOPLE/${userName}`, password: PASSWORD });
      expect([(await make(name)).status, (await make(other)).status], name).to.deep.equal([201, 409]);
    }
  });
});
