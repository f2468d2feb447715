import { expect } from 'chai';
import { RoleServiceToken } from '#core/access';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { UserServiceToken, UserStoresToken } from '#core/users';
import { expectScimError, ScimClient, type ScimJson } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const SYSTEM = 'urn:scim:wso2:schema';

interface List {
  readonly totalResults: number;
  readonly startIndex: number;
  readonly itemsPerPage: number;
  readonly Resources: readonly (ScimJson & { readonly id: string; readonly userName: string })[];
}

/** Names of the methods of an object, those of its class included. */
const methodsOf = (target: Record<string, unknown>) =>
  [...Object.keys(target), ...Object.getOwnPropertyNames(Object.getPrototypeOf(target))].filter(
    (name) => name !== 'constructor' && !(name in Object.prototype) && typeof target[name] === 'function',
  );

describe('SCIM lists of users', () => {
  let server: TestServer;
  let scim: ScimClient;
  const ids = new Map<string, string>();

  const list = async (query: Record<string, string>): Promise<List> => {
    const { status, body } = await scim.call<List>('GET', `/Users?${new URLSearchParams(query)}`);
    expect(status, JSON.stringify(body)).to.equal(200);
    return body;
  };
  const named = async (filter: string) => (await list({ filter })).Resources.map(({ userName }) => userName).sort();

  before(async () => {
    server = await startTestServer();
    scim = new ScimClient(server);
    for (const [userName, more] of [
      [
        'ann',
        {
          name: { givenName: 'Ann', familyName: 'Archer' },
          emails: ['ann@x.com', { type: 'work', value: 'ann@work.com' }],
          [ENTERPRISE]: { department: 'Sales', employeeNumber: '7' },
          [SYSTEM]: { accountLocked: true },
        },
      ],
      [
        'bob',
        {
          name: { givenName: 'Bob', familyName: 'Baker' },
          emails: [{ type: 'home', value: 'bob@home.com' }],
          active: true,
          [ENTERPRISE]: { department: '100%_sure' },
        },
      ],
      ['cleo', { name: { givenName: 'Cleo' }, emails: ['cleo@x.com'], active: false, title: 'Q "quoted" \\ title' }],
      ['dana', { displayName: 'Dana', phoneNumbers: [{ type: 'mobile', value: '+1 555' }] }],
    ] as const)
      ids.set(userName, (await scim.user(userName, more)).id);
    const { container } = server.server;
    const groups = (await container.get(UserStoresToken).primary(SUPER_ORGANIZATION.id)).groups?.writer;
    const group = await groups?.create(SUPER_ORGANIZATION.id, { id: 'group-eng', name: 'eng' });
    expect(group?.id).to.equal('group-eng');
    await container
      .get(DatabaseToken)
      .run(async () =>
        groups?.addMembers(SUPER_ORGANIZATION.id, 'group-eng', [ids.get('ann') ?? '', ids.get('bob') ?? '']),
      );
    const roles = container.get(RoleServiceToken);
    const clerk = await roles.ensureRole(SUPER_ORGANIZATION.id, 'clerk', ['orders:read']);
    await roles.assign(SUPER_ORGANIZATION.id, clerk.id, 'group-eng', 'group');
    await roles.assign(SUPER_ORGANIZATION.id, clerk.id, ids.get('cleo') ?? '', 'user');
  });
  after(() => server.stop());

  it('finds users by every operator, on names, parts, lists and extensions', async () => {
    for (const [filter, expected] of [
      ['userName eq "ann"', ['ann']],
      ['userName eq ANN', ['ann']],
      ['urn:ietf:params:scim:schemas:core:2.0:User:USERNAME eq "ann"', ['ann']],
      ['userName ne "ann"', ['admin', 'bob', 'cleo', 'dana']],
      ['userName co "n"', ['admin', 'ann', 'dana']],
      ['userName sw "a"', ['admin', 'ann']],
      ['userName ew "a"', ['dana']],
      ['userName gt "bob"', ['cleo', 'dana']],
      ['userName ge "bob"', ['bob', 'cleo', 'dana']],
      ['userName lt "bob"', ['admin', 'ann']],
      ['userName le "bob"', ['admin', 'ann', 'bob']],
      ['userName pr', ['admin', 'ann', 'bob', 'cleo', 'dana']],
      ['userName eq "PRIMARY/ann"', ['ann']],
      ['name.familyName eq "archer"', ['ann']],
      ['name.familyName pr and name.givenName co "b"', ['bob']],
      ['name pr', ['admin', 'ann', 'bob', 'cleo']],
      ['emails eq "ann@work.com"', ['ann']],
      ['emails.value ew "@x.com"', ['ann', 'cleo']],
      ['emails.type eq "home"', ['bob']],
      ['emails[type eq "work" and value co "@work"]', ['ann']],
      ['emails[type eq "home" and value co "@work"]', []],
      ['emails[not (type eq "work")]', ['ann', 'bob', 'cleo']],
      ['emails[primary eq true]', ['ann', 'cleo']],
      ['emails[type eq "work"].value sw "ann"', ['ann']],
      ['emails pr', ['ann', 'bob', 'cleo']],
      ['not (emails pr)', ['admin', 'dana']],
      ['emails ne "ann@x.com"', ['admin', 'bob', 'cleo', 'dana']],
      ['phoneNumbers[type eq "mobile"]', ['dana']],
      ['active eq true', ['bob']],
      ['active eq False', ['cleo']],
      ['displayName eq null', ['admin', 'ann', 'bob', 'cleo']],
      ['displayName ne null', ['dana']],
      [`${ENTERPRISE}:department eq "sales"`, ['ann']],
      [`${ENTERPRISE}:department co "%_"`, ['bob']],
      [`${ENTERPRISE}:department co "_s"`, ['bob']],
      ['department sw "100%"', ['bob']],
      [`${SYSTEM}:accountLocked eq true`, ['ann']],
      [`${SYSTEM}:accountLocked eq "true"`, ['ann']],
      ['title eq "Q \\"quoted\\" \\\\ title"', ['cleo']],
      ['groups eq "eng"', ['ann', 'bob']],
      ['groups.display sw "en"', ['ann', 'bob']],
      ['groups.value eq "group-eng"', ['ann', 'bob']],
      ['groups[value eq "group-eng"]', ['ann', 'bob']],
      ['groups ne "eng"', ['admin', 'cleo', 'dana']],
      ['roles eq "clerk"', ['ann', 'bob', 'cleo']],
      ['roles co "ler" and userName gt "b"', ['bob', 'cleo']],
      ['roles eq "nothing"', []],
      ['roles ne "clerk"', ['admin', 'dana']],
      ['roles.display eq "ADMIN"', ['admin']],
      ['meta.resourceType eq "User" and userName sw "d"', ['dana']],
      ['meta.resourceType ne "User"', []],
      ['userName eq "ann" or userName eq "bob" and active eq true', ['ann', 'bob']],
      ['(userName eq "ann" or userName eq "bob") and active eq true', ['bob']],
      ['not (userName sw "a" or active pr)', ['dana']],
    ] as const)
      expect(await named(filter), filter).to.deep.equal(expected);
    expect(await named(`id eq "${ids.get('bob')}"`)).to.deep.equal(['bob']);
  });

  it('[U8] userName gt lists those behind it, for every operator of the RFC is known', async () => {
    expect(await named('userName gt cleo')).to.deep.equal(['dana']);
  });

  it('[U9] "or" joins what both sides find; an attribute that there is not is named', async () => {
    expect(await named('userName eq ann or userName eq dana')).to.deep.equal(['ann', 'dana']);
    const wrong = await scim.call('GET', `/Users?filter=${encodeURIComponent('a eq 1 or b eq 2')}`);
    expect(expectScimError(wrong, 400, 'invalidFilter')).to.contain(' a ');
  });

  it('[U10] meta.created ge lists only who was created at or after the time', async () => {
    const dana = await scim.call('GET', `/Users/${ids.get('dana')}`);
    const { created } = dana.body['meta'] as { created: string };
    const since = await named(`meta.created ge ${created}`);
    expect(since).to.include('dana').and.to.not.include('admin');
    expect(await named(`meta.created gt "${created}"`)).to.not.include('dana');
    expect(await named(`meta.created lt "${created}"`))
      .to.include('admin')
      .and.to.not.include('dana');
    expect(await named('meta.lastModified gt 2999-01-01T00:00:00Z')).to.deep.equal([]);
  });

  it('refuses filters that cannot be evaluated', async () => {
    for (const filter of [
      '',
      'userName',
      'userName is "x"',
      'nothing eq "x"',
      'name.nothing eq "x"',
      'password eq "x"',
      '__proto__ eq "x"',
      'constructor eq "x"',
      'emails.constructor eq "x"',
      'emails[constructor eq "x"]',
      'userName[value eq "x"]',
      'active eq "maybe"',
      'active gt true',
      'active co "t"',
      'meta.created gt "soon"',
      'meta.location eq "x"',
      'addresses.locality co "x"',
      'addresses[type eq "home" and locality gt "x"]',
      'addresses.locality gt null',
      'userName gt null',
      'userName eq "a\\u0000b"',
      `userName eq "${'x'.repeat(4096)}"`,
      Array.from({ length: 101 }, () => 'userName pr').join(' or '),
    ])
      expectScimError(
        await scim.call('GET', `/Users?${new URLSearchParams({ filter })}`),
        400,
        'invalidFilter',
        filter.slice(0, 40),
      );
  });

  it('[U5] count=0 answers totalResults 0 and nobody', async () => {
    for (const count of ['0', '-1', '-99999999999999999999'])
      expect(await list({ count })).to.deep.include({ totalResults: 0, itemsPerPage: 0, Resources: [] });
    const { body } = await scim.call('POST', '/Users/.search', { count: 0 });
    expect(body).to.deep.include({ totalResults: 0, Resources: [] });
  });

  it('[U6] sorting is a 501', async () => {
    for (const query of ['sortBy=userName', 'sortOrder=ascending'])
      expect(expectScimError(await scim.call('GET', `/Users?${query}`), 501)).to.equal('Sorting is not supported');
    expectScimError(await scim.call('POST', '/Users/.search', { sortBy: 'userName' }), 501);
  });

  it('[U7] a domain that is not there is named in a 400', async () => {
    const expected = "Invalid user store domain: 'NOPE'. The specified domain does not exist or is currently disabled.";
    expect(expectScimError(await scim.call('GET', '/Users?domain=NOPE'), 400, 'invalidValue')).to.equal(expected);
    const search = await scim.call('POST', '/Users/.search', { domain: 'NOPE' });
    expect(expectScimError(search, 400, 'invalidValue')).to.equal(expected);
    expect((await list({ domain: 'primary' })).totalResults).to.equal(5);
  });

  it('pages through all users, each once', async () => {
    const seen: string[] = [];
    for (let startIndex = 1; startIndex <= 5; startIndex += 2) {
      const page = await list({ startIndex: String(startIndex), count: '2' });
      expect(page).to.include({ totalResults: 5, startIndex, itemsPerPage: startIndex === 5 ? 1 : 2 });
      seen.push(...page.Resources.map(({ userName }) => userName));
    }
    expect(seen.sort()).to.deep.equal(['admin', 'ann', 'bob', 'cleo', 'dana']);
    for (const startIndex of ['0', '-3', ''])
      expect(await list({ startIndex, count: '1' })).to.include({ startIndex: 1, itemsPerPage: 1 });
    for (const startIndex of ['6', '99999999999999999999'])
      expect(await list({ startIndex })).to.deep.include({ totalResults: 5, Resources: [] });
    for (const query of ['startIndex=x', 'count=1.5', 'count=ten', 'count=1e3'])
      expectScimError(await scim.call('GET', `/Users?${query}`), 400, 'invalidValue', query);
  });

  it('shows in a list what a GET shows, groups and roles included', async () => {
    const { Resources } = await list({ filter: 'userName eq "ann"' });
    const { body } = await scim.call('GET', `/Users/${ids.get('ann')}`);
    expect(Resources).to.deep.equal([body]);
    expect(body['groups']).to.deep.equal([
      { display: 'eng', value: 'group-eng', $ref: `${server.origin}/scim2/Groups/group-eng` },
    ]);
    const [everyone, role] = body['roles'] as ScimJson[];
    expect(everyone).to.deep.include({ display: 'everyone', audienceType: 'organization' });
    expect(role).to.deep.include({
      display: 'clerk',
      audienceType: 'organization',
      audienceValue: SUPER_ORGANIZATION.id,
      audienceDisplay: 'Super',
      $ref: `${server.origin}/scim2/v2/Roles/${String(role?.['value'])}`,
    });
    const narrow = await list({ attributes: 'userName', filter: 'userName eq "ann"' });
    expect(Object.keys(narrow.Resources[0] ?? {})).to.have.members(['schemas', 'id', 'userName', 'meta']);
    const less = await list({ excludedAttributes: 'groups,roles,emails', filter: 'userName eq "ann"' });
    expect(less.Resources[0]).to.not.have.any.keys('groups', 'roles', 'emails');
  });

  it('searches by a body as by a query', async () => {
    const { status, body } = await scim.call<List>('POST', '/Users/.search', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
      attributes: ['userName', 'name.givenName'],
      filter: 'userName sw "a"',
      domain: 'PRIMARY',
      startIndex: 2,
      count: 1,
    });
    expect(status).to.equal(200);
    expect(body).to.include({ totalResults: 2, startIndex: 2, itemsPerPage: 1 });
    expect(body.Resources[0]).to.deep.include({ userName: 'ann', name: { givenName: 'Ann' } });
    expect(body.Resources[0]).to.not.have.property('emails');
    for (const wrong of [{ filter: 7 }, { attributes: [7] }, { domain: {} }, { schemas: ['urn:x'] }])
      expectScimError(await scim.call('POST', '/Users/.search', wrong), 400, 'invalidSyntax', JSON.stringify(wrong));
    for (const wrong of [{ count: '1x' }, { startIndex: {} }, { count: [1] }, { count: true }])
      expectScimError(await scim.call('POST', '/Users/.search', wrong), 400, 'invalidValue', JSON.stringify(wrong));
  });

  it('[U4] a search answers at most 100 users, and how many there are', async () => {
    const many = await startTestServer();
    try {
      const { container } = many.server;
      await container.get(DatabaseToken).run(async () => {
        for (let index = 0; index < 149; index += 1)
          await container.get(UserServiceToken).create(SUPER_ORGANIZATION.id, { username: `many-${index}` });
      });
      const there = new ScimClient(many);
      const search = await there.call<List>('POST', '/Users/.search', { count: 1000 });
      expect(search.body).to.include({ totalResults: 150, itemsPerPage: 100 });
      const whole = await there.call<List>('GET', '/Users?count=1000');
      expect(whole.body).to.include({ totalResults: 150, itemsPerPage: 150 });
      expect((await there.call<List>('GET', '/Users')).body).to.include({ totalResults: 150, itemsPerPage: 100 });
    } finally {
      await many.stop();
    }
  });

  it('asks the store as often for many users as for one', async () => {
    const store = await server.server.container.get(UserStoresToken).primary(SUPER_ORGANIZATION.id);
    const asked: string[] = [];
    const spied = [store.lookup, store.attributes, store.groups, store.search].flatMap((part) => {
      const target = part as unknown as Record<string, unknown>;
      return methodsOf(target).map((name) => {
        const own = target[name] as (...all: unknown[]) => unknown;
        target[name] = (...parameters: unknown[]) => {
          asked.push(name);
          return own.apply(target, parameters);
        };
        return () => Object.assign(target, { [name]: own });
      });
    });
    try {
      const one = await list({ filter: 'userName eq "ann"' });
      const forOne = asked.splice(0);
      const all = await list({});
      expect([one.itemsPerPage, all.itemsPerPage]).to.deep.equal([1, 5]);
      expect(forOne).to.include.members(['users', 'ofUsers']);
      // Who asks is looked up, too: once for each request.
      expect(asked.sort()).to.deep.equal(forOne.sort());
    } finally {
      for (const restore of spied) restore();
    }
  });
});
