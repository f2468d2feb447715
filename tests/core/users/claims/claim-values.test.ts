import { expect } from 'chai';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { type ChangedBy, claimUri, type User, type UserClaims, type UserService, UserServiceToken } from '#core/users';
import { onEachDatabase } from '../../../support/databases.js';
import { failureOf } from '../../../support/failures.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { claimsAs } from './claim-api.js';

const ORG = SUPER_ORGANIZATION.id;
const PASSWORD = 'Correct-horse-1';
const claimsOf = (claims: UserClaims): UserClaims =>
  Object.fromEntries(Object.entries(claims).map(([name, values]) => [claimUri(name), values]));
const EMAIL_VERIFIED = 'identity/emailVerified';
const PHONE_VERIFIED = 'identity/phoneVerified';

onEachDatabase('values of claims', (database) => {
  let server: TestServer;
  let users: UserService;
  let api: ReturnType<typeof claimsAs>;
  let count = 0;
  before(async function () {
    this.timeout(60_000);
    const toml = '[identity_mgt.user_claim_update]\nenable_user_claim_input_regex_validation = true';
    server = await startTestServer({ database, toml });
    users = server.server.container.get(UserServiceToken);
    api = claimsAs(server);
    const canonicalValues = ['red', 'blue'].map((value) => ({ label: value, value }));
    await api.add('shoes', { dataType: 'integer' });
    await api.add('height', { dataType: 'decimal' });
    await api.add('happy', { dataType: 'boolean' });
    await api.add('birth', { dataType: 'date' });
    await api.add('met', { dataType: 'data_time' });
    await api.add('seen', { dataType: 'epoch' });
    await api.add('colour', { canonicalValues: [...canonicalValues, { label: 'Rose', value: 'rose\u0301' }] });
    await api.add('colours', { canonicalValues, multiValued: true });
    await api.add('code', { regEx: '[A-Z]{2}\\d+' });
    await api.add('story', { extendedValued: true });
    await api.add('paint', { dataType: 'complex', subAttributes: ['colours', 'shoes'].map(claimUri) });
  });
  after(() => server?.stop());

  const make = (claims: UserClaims = {}, by: ChangedBy = 'administrator'): Promise<User> =>
    users.create(ORG, { username: `user${++count}`, password: PASSWORD, claims: claimsOf(claims), by });
  const write = (user: User, claims: UserClaims, by: ChangedBy = 'administrator') =>
    users.writeClaims(ORG, user.id, claimsOf(claims), by);
  const read = async (user: User, name: string) =>
    (await users.readClaims(ORG, user.id, [claimUri(name)]))[claimUri(name)];
  const refusal = async (work: () => Promise<unknown>) => {
    const { code, status } = (await failureOf(work)) as unknown as { code: string; status: number };
    return `${status} ${code}`;
  };

  it('are one of those that there are, whichever way its accents are written', async () => {
    const user = await make();
    for (const value of ['rose\u0301', 'ros\u00e9']) {
      await write(user, { colour: [value] });
      expect(await read(user, 'colour')).to.deep.equal(['ros\u00e9']);
    }
  });

  it('are of the type that the claim says', async () => {
    const user = await make();
    const cases: Readonly<Record<string, readonly [good: readonly string[], bad: readonly string[]]>> = {
      shoes: [['42', '-1', '+7'], ['4.2', 'x', '', '1e3'].filter((value) => value !== '')],
      height: [
        ['1.85', '-2', '6.02e23'],
        ['1,85', 'tall', '.5'],
      ],
      happy: [
        ['true', 'FALSE'],
        ['yes', '1'],
      ],
      birth: [
        ['2000-02-29', '0000-12-24'],
        ['2001-02-29', '2000-13-01', '1.1.2000', '2000-1-1'],
      ],
      met: [
        ['2026-01-31T12:00:00Z', '2026-01-31T12:00+02:00'],
        ['2026-01-31', '2026-02-30T12:00:00Z', '2026-01-31T25:00Z'],
      ],
      seen: [
        ['1700000000000', '0'],
        ['2026-01-31', '1.5'],
      ],
      colour: [['red'], ['green', 'RED']],
      paint: [
        ['{"shoes":7,"colours":["red","blue"]}', '{}'],
        ['red', '[]', '{"other":1}', '{"shoes":"x"}', '{"shoes":[1,2]}'],
      ],
    };
    for (const [name, [good, bad]] of Object.entries(cases)) {
      for (const value of good) await write(user, { [name]: [value] });
      for (const value of bad)
        expect(await refusal(() => write(user, { [name]: [value] })), `${name}: ${value}`).to.equal('400 SUO-60022');
      expect(await read(user, name), name).to.deep.equal([good.at(-1)?.replace('FALSE', 'false')]);
    }
    expect(await refusal(() => make({ shoes: ['x'] }))).to.equal('400 SUO-60022');
    await write(user, { shoes: [] });
    expect(await read(user, 'shoes')).to.equal(undefined);
  });

  it('are several only where the claim takes several', async () => {
    const user = await make();
    expect(await refusal(() => write(user, { title: ['a', 'b'] }))).to.equal('400 SUO-60021');
    await write(user, { colours: ['red', 'blue'] });
    expect(await read(user, 'colours')).to.deep.equal(['red', 'blue']);
    expect(await refusal(() => write(user, { colours: ['red', 'green'] }))).to.equal('400 SUO-60022');
    const many = Array.from({ length: 201 }, (_, index) => String(index));
    expect(await refusal(() => write(user, { photos: many }))).to.equal('400 SUO-60022');
  });

  it('match the pattern, and are not too long', async () => {
    const user = await make({ code: ['AB1'] });
    expect(await refusal(() => write(user, { code: ['AB1 or so'] }))).to.equal('400 SUO-10001');
    await write(user, { title: ['x'.repeat(1024)] });
    expect(await refusal(() => write(user, { title: ['x'.repeat(1025)] }))).to.equal('400 SUO-10002');
    await write(user, { story: ['x'.repeat(60_000)] });
    expect(await refusal(() => write(user, { story: ['é'.repeat(30_001)] }))).to.equal('400 SUO-10002');
    expect((await read(user, 'story'))?.[0]).to.have.length(60_000);
  });

  it('are of claims that there are', async () => {
    const user = await make();
    expect(await refusal(() => write(user, { nothing: ['x'] }))).to.equal('400 CMT-50017');
    expect(await refusal(() => make({ nothing: ['x'] }))).to.equal('400 CMT-50017');
  });

  it('may be anything in Unicode, in its composed form', async () => {
    const texts = [
      '👩‍👩‍👧 family',
      'שלום עולם',
      'مرحبا',
      '\u202eRTL',
      'Ω≈ç√',
      '𝒳',
      '日本語',
      'O\'Neil "quoted" \\ % _ *',
    ];
    const user = await make({ nickname: [texts[0] as string] });
    for (const text of texts) {
      await write(user, { nickname: [text] });
      expect(await read(user, 'nickname')).to.deep.equal([text]);
    }
    await write(user, { nickname: ['Jose\u0301'] });
    expect(await read(user, 'nickname')).to.deep.equal(['Jos\u00e9']);
    for (const bad of ['nul\0', 'half \ud83d'])
      expect(await refusal(() => write(user, { nickname: [bad] }, 'server'))).to.equal('400 SUO-60022');
  });

  it('of read-only claims are not changed by the user, in the profile that the flow has', async () => {
    const user = await make({ externalid: ['e-1'], 'identity/accountLocked': ['false'] });
    expect(await refusal(() => write(user, { externalid: ['e-2'] }, 'user'))).to.equal('400 SUO-60020');
    await write(user, { externalid: ['e-1'], nickname: ['Al'] }, 'user');
    expect(await read(user, 'nickname')).to.deep.equal(['Al']);
    const locked = { 'identity/accountLocked': ['true'] };
    expect(await refusal(() => write(user, locked, 'user')), 'the rules of accounts say so first').to.equal(
      '403 SUO-60012',
    );
    for (const name of [EMAIL_VERIFIED, 'roles', 'groups', 'active'])
      expect(await refusal(() => write(user, { [name]: ['true'] }, 'user')), name).to.equal('400 SUO-60020');
    expect(await refusal(() => make({ entitlements: ['all'] }, 'user'))).to.equal('400 SUO-60020');
    expect((await api.change('nickname', { profiles: { endUser: { readOnly: true } } })).status).to.equal(200);
    expect(await refusal(() => write(user, { nickname: ['Bo'] }, 'user'))).to.equal('400 SUO-60020');
    await write(user, { nickname: ['Bo'] });
    await make({ nickname: ['self'] }, 'user');
    expect((await api.change('nickname', { profiles: {} })).status).to.equal(200);
  });

  it('that start something are not kept', async () => {
    const user = await make({ 'identity/askPassword': ['true'] });
    await write(user, { 'identity/verifyEmail': ['true'] });
    for (const name of ['identity/askPassword', 'identity/verifyEmail'])
      expect(await read(user, name)).to.equal(undefined);
  });

  it('that were good once do not stand in the way of others', async () => {
    const user = await make({ code: ['XY9'] });
    expect((await api.change('code', { regEx: '[a-z]+' })).status).to.equal(200);
    await write(user, { code: ['XY9'], title: ['Dr'] });
    expect(await refusal(() => write(user, { code: ['XY8'] }))).to.equal('400 SUO-10001');
  });

  it('are not verified any more when they change, unless an administrator says so', async () => {
    const verified = {
      emailaddress: ['a@example.com'],
      [EMAIL_VERIFIED]: ['true'],
      mobile: ['+1 555'],
      [PHONE_VERIFIED]: ['true'],
    };
    const user = await make(verified);
    await write(user, { emailaddress: ['a@example.com'], title: ['x'] }, 'user');
    expect(await read(user, EMAIL_VERIFIED)).to.deep.equal(['true']);
    await write(user, { emailaddress: ['b@example.com'] }, 'user');
    expect([await read(user, EMAIL_VERIFIED), await read(user, PHONE_VERIFIED)]).to.deep.equal([undefined, ['true']]);
    await write(user, { telephone: ['+1 777'] }, 'user');
    expect(await read(user, PHONE_VERIFIED), 'clients are told of it as that of the telephone').to.equal(undefined);
    await write(user, { emailaddress: ['c@example.com'], [EMAIL_VERIFIED]: ['true'] });
    expect(await read(user, EMAIL_VERIFIED)).to.deep.equal(['true']);
    expect(
      await refusal(() => write(user, { emailaddress: ['d@example.com'], [EMAIL_VERIFIED]: ['false'] }, 'user')),
    ).to.equal('400 SUO-60020');
    await write(user, { emailaddress: [] }, 'user');
    expect(await read(user, EMAIL_VERIFIED)).to.equal(undefined);
  });

  it('are single where several addresses are not enabled', async () => {
    const user = await make();
    expect(await refusal(() => write(user, { emailAddresses: ['a@example.com'] }))).to.equal('400 UEV-10004');
    expect(await refusal(() => write(user, { verifiedMobileNumbers: ['+1 555'] }))).to.equal('400 UEV-10003');
  });

  it('are kept where the claim says, and what was kept elsewhere is out of sight', async () => {
    await api.add('place');
    const user = await make({ place: ['store'] });
    expect((await api.change('place', { managedInUserStore: false })).status).to.equal(200);
    expect(await read(user, 'place')).to.equal(undefined);
    await write(user, { place: ['server'] });
    expect(await read(user, 'place')).to.deep.equal(['server']);
    const properties = [{ key: 'ExcludedUserStores', value: 'PRIMARY' }];
    expect((await api.change('place', { properties })).status).to.equal(200);
    expect(await api.read('place')).to.deep.include({ properties, managedInUserStore: false });
    expect(await read(user, 'place')).to.deep.equal(['store']);
    expect((await api.change('place', { properties: [], managedInUserStore: true })).status).to.equal(200);
    expect(await read(user, 'place')).to.deep.equal(['store']);
  });

  it('of claims of one’s own are never what the server keeps beside them', async () => {
    await api.add('identity/lastPasswordUpdateTime2', { managedInUserStore: false });
    await api.add('identity/totp', { managedInUserStore: false });
    const user = await make({ 'identity/totp': ['mine'] });
    expect(await read(user, 'identity/totp')).to.deep.equal(['mine']);
    const { id } = user;
    const rows = await server.server.container
      .get(UserServiceToken)
      .readClaims(ORG, id, [claimUri('identity/lastPasswordUpdateTime'), claimUri('identity/isReadOnlyUser')]);
    expect(rows[claimUri('identity/lastPasswordUpdateTime')]).to.have.length(1);
    expect(rows[claimUri('identity/isReadOnlyUser')]).to.deep.equal(['false']);
  });
});
