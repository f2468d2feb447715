import { expect } from 'chai';
import type { User } from '#core/users';
import { createUser } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { callerWith } from '../applications/application-api.js';
import { expectScimError, type ScimBody, scimAs, valuesOf } from './scim-caller.js';

interface BulkResult {
  readonly bulkId?: string;
  readonly method: string;
  readonly location?: string;
  readonly version?: string;
  readonly status: { readonly code: number };
  readonly response?: ScimBody;
}
interface BulkBody {
  readonly schemas: readonly string[];
  readonly Operations: readonly BulkResult[];
}

const REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const PATCH = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];

/** Who gives it has to have it. */
const VIEW = 'internal_template_mgt_view';

describe('bulk requests by SCIM', () => {
  let server: TestServer;
  let scim: ReturnType<typeof scimAs>;
  let kim: User;
  let count = 0;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ toml: '[scim2]\nmax_bulk_operations = 5\nmax_bulk_payload = 20000' });
    scim = scimAs(server);
    kim = await createUser(server, 'kim');
  });
  after(() => server?.stop());

  type Caller = ReturnType<typeof scimAs>;
  const send = (operations: unknown, more: Readonly<Record<string, unknown>> = {}, caller: Caller = scim) =>
    caller.post<BulkBody>('/Bulk', { schemas: [REQUEST], Operations: operations, ...more });
  const done = async (operations: readonly unknown[], more?: Readonly<Record<string, unknown>>, caller?: Caller) => {
    const { status, body } = await send(operations, more, caller);
    expect(status, JSON.stringify(body)).to.equal(200);
    expect(body.schemas).to.deep.equal(['urn:ietf:params:scim:api:messages:2.0:BulkResponse']);
    return body.Operations;
  };
  const codes = (results: readonly BulkResult[]) => results.map(({ status }) => status.code);
  const name = () => `bulk-${++count}`;
  const group = (bulkId: string, displayName: string, ...members: readonly string[]) => {
    const data = { displayName, members: members.map((value) => ({ value })) };
    return { method: 'POST', path: '/Groups', bulkId, data };
  };
  const groupNamed = async (displayName: string) =>
    (await scim.list(`/Groups?filter=displayName eq "${displayName}"`))[0];
  const failure = (result: BulkResult | undefined, code: number, detail?: RegExp) => {
    expect(result?.status.code, JSON.stringify(result)).to.equal(code);
    expect(result?.response?.schemas).to.deep.equal(['urn:ietf:params:scim:api:messages:2.0:Error']);
    expect(result?.response?.status).to.equal(String(code));
    if (detail) expect(result?.response?.detail).to.match(detail);
  };

  it('make, change and remove users, groups and roles, like single requests', async () => {
    const [userName, displayName] = [name(), name()];
    const made = await done([
      { method: 'POST', path: '/Users', bulkId: 'u', data: { userName, password: 'Correct-horse-1' } },
      group('g', displayName, 'bulkId:u'),
      { method: 'post', path: '/v2/Roles', bulkId: 'r', data: { displayName, users: [{ value: 'bulkId:u' }] } },
      { method: 'POST', path: '/v3/Roles', bulkId: 'r3', data: { displayName: `${displayName} 3` } },
    ]);
    expect(codes(made)).to.deep.equal([201, 201, 201, 201]);
    const [user, eng, role] = made;
    expect(user).to.include({ bulkId: 'u', method: 'POST' });
    expect(user?.location).to.equal(`${server.origin}/scim2/Users/${user?.response?.id}`);
    expect(eng?.version).to.equal(eng?.response?.meta?.['version']);
    const userId = user?.response?.id ?? '';
    expect(valuesOf((await groupNamed(displayName))?.members)).to.deep.equal([userId]);
    expect(valuesOf((await scim.get(`/v2/Roles/${role?.response?.id}`)).body.users)).to.deep.equal([userId]);
    const groupId = eng?.response?.id;
    const remove = { schemas: PATCH, Operations: [{ op: 'remove', path: `members[value eq "${userId}"]` }] };
    const changed = await done([
      { method: 'PATCH', path: `/Groups/${groupId}`, data: remove },
      { method: 'PUT', path: `/v2/Roles/${role?.response?.id}`, data: { displayName } },
      { method: 'DELETE', path: `/Users/${userId}` },
      { method: 'DELETE', path: `/Groups/${groupId}`, version: eng?.version },
      { method: 'DELETE', path: `/Groups/${groupId}` },
    ]);
    expect(codes(changed)).to.deep.equal([200, 200, 204, 412, 204]);
    expect(changed[4]).to.deep.equal({
      method: 'DELETE',
      location: `${server.origin}/scim2/Groups/${groupId}`,
      status: { code: 204 },
    });
    expect(changed[1]?.response).not.to.have.property('users');
    expect((await scim.get(`/Users/${userId}`)).status).to.equal(404);
  });

  it('[U14] need a scope for each operation', async () => {
    const caller = scimAs(server, await callerWith(server, 'user-maker', ['internal_bulk_user_create']));
    const userName = name();
    const results = await done(
      [
        { method: 'POST', path: '/Users', bulkId: 'u', data: { userName, password: 'Correct-horse-1' } },
        { method: 'POST', path: '/v2/Roles', bulkId: 'r', data: { displayName: userName } },
        { method: 'DELETE', path: `/Users/${kim.id}` },
        group('g', userName),
      ],
      {},
      caller,
    );
    expect(codes(results)).to.deep.equal([201, 403, 403, 403]);
    const text = 'Operation is not permitted. You do not have permissions to make this request.';
    expect(results[1]?.response?.detail).to.equal(text);
    expect(await scim.list(`/v2/Roles?filter=displayName eq "${userName}"`)).to.deep.equal([]);
    expect((await scim.get(`/Users/${kim.id}`)).status).to.equal(200);
  });

  it('need no other scope: those of single requests are neither wanted nor enough', async () => {
    const bulk = scimAs(server, await callerWith(server, 'role-updater', ['internal_bulk_role_update', VIEW]));
    const { id } = (await scim.post('/v2/Roles', { displayName: name() })).body;
    const change = { displayName: name(), permissions: [{ value: VIEW }] };
    const put = { method: 'PUT', path: `/v3/Roles/${id}`, data: change };
    expect(codes(await done([put], {}, bulk))).to.deep.equal([200]);
    expectScimError(await bulk.put(`/v3/Roles/${id}`, change), 403);
    const all = scimAs(server, await callerWith(server, 'legacy', ['internal_bulk_resource_create', VIEW]));
    expect(
      codes(await done([put, group('g', name()), { method: 'DELETE', path: `/v2/Roles/${id}` }], {}, all)),
    ).to.deep.equal([200, 201, 204]);
  });

  it('[U15] are refused as a whole without any scope for bulk requests', async () => {
    const scopes = ['internal_user_mgt_create', 'internal_group_mgt_create'];
    const caller = scimAs(server, await callerWith(server, 'single', scopes));
    const displayName = name();
    expectScimError(await send([group('g', displayName)], {}, caller), 403);
    expectScimError(await send([group('g', displayName)], {}, scimAs(server, {})), 401);
    expect(await groupNamed(displayName)).to.equal(undefined);
  });

  it('[U16] are refused as a whole when they are too many or too large', async () => {
    const displayName = name();
    const six = [1, 2, 3, 4, 5, 6].map((n) => group(`g${n}`, `${displayName}-${n}`));
    expectScimError(await send(six), 413, undefined, /maxOperations \(5\)/);
    const large = [group('g1', `${displayName}-1`), { ...group('g2', 'x'), data: { displayName: 'y'.repeat(20_000) } }];
    expectScimError(await send(large), 413, undefined, /maxPayloadSize \(20000\)/);
    expect(await groupNamed(`${displayName}-1`)).to.equal(undefined);
    expect(codes(await done(six.slice(0, 5)))).to.deep.equal([201, 201, 201, 201, 201]);
  });

  it('leave the others alone when one fails, and stop where the client wants it', async () => {
    const [a, b, c] = [name(), name(), name()];
    const operations = [group('1', a), group('2', a), group('3', '', 'x'), group('4', b)];
    const results = await done(operations);
    expect(codes(results)).to.deep.equal([201, 409, 400, 201]);
    failure(results[1], 409, /already there in the system/);
    expect(results[1]?.bulkId).to.equal('2');
    const other = [group('1', c), group('2', a), group('3', b), group('4', name())];
    expect(codes(await done(other, { failOnErrors: 1 }))).to.deep.equal([201, 409]);
    const twice = [group('1', a), group('2', name()), group('3', b), group('4', name())];
    expect(codes(await done(twice, { failOnErrors: 2 }))).to.deep.equal([409, 201, 409]);
    expect(codes(await done(twice, { failOnErrors: 0 }))).to.have.length(4);
  });

  it('refer to each other, forwards too, in data, in paths and in filters', async () => {
    const [first, second] = [name(), name()];
    const patch = { schemas: PATCH, Operations: [{ op: 'remove', path: 'members[value eq "bulkId:u"]' }] };
    const results = await done([
      { method: 'PATCH', path: '/Groups/bulkId:g', data: patch },
      { method: 'POST', path: '/v2/Roles', bulkId: 'r', data: { displayName: first, groups: [{ value: 'bulkId:g' }] } },
      group('g', first, 'bulkId:u', kim.id),
      { method: 'POST', path: '/Users', bulkId: 'u', data: { userName: second, password: 'Correct-horse-1' } },
    ]);
    expect(codes(results)).to.deep.equal([200, 201, 201, 201]);
    expect(results.map(({ bulkId }) => bulkId)).to.deep.equal([undefined, 'r', 'g', 'u']);
    const made = await groupNamed(first);
    expect(valuesOf(made?.members)).to.deep.equal([kim.id]);
    expect(made?.roles?.map((role) => role['display'])).to.deep.equal([first]);
  });

  it('refuse circles, unknown references, and those to what was not made', async () => {
    const bad = name();
    const circle = await done([
      group('a', bad, 'bulkId:b'),
      group('b', `${bad}-2`, 'bulkId:a'),
      group('c', `${bad}-3`, 'bulkId:c'),
    ]);
    for (const one of circle) failure(one, 409, /circle/);
    const [unknown] = await done([group('a', bad, 'bulkId:nobody')]);
    failure(unknown, 400, /nobody/);
    const [failed, dependent] = await done([
      group('a', bad, 'no such user'),
      { method: 'DELETE', path: '/Groups/bulkId:a' },
    ]);
    failure(failed, 400);
    failure(dependent, 409, /has made nothing/);
    const same = await done([group('a', bad), group('a', `${bad}-2`)]);
    expect(codes(same)).to.deep.equal([201, 400]);
    expect(await groupNamed(`${bad}-2`)).to.equal(undefined);
  });

  it('reach nothing but users, groups and roles, by no trick of path or method', async () => {
    const { id } = (await scim.post('/Groups', { displayName: name() })).body;
    const paths = [
      '/Users/../Groups/x',
      '/Users/..',
      '/Users/.',
      '/Groups/%2e%2e',
      `/Groups/${id}?x=1`,
      `/Groups/${id}#x`,
      `/Groups//${id}`,
      `/Groups/${id}/`,
      `\\Groups\\${id}`,
      `Groups/${id}`,
      `//evil.example/Groups/${id}`,
      `https://evil.example/scim2/Groups/${id}`,
      `/groups/${id}`,
      '/Me/x',
      '/Me',
      '/Bulk',
      '/Bulk/x',
      '/Schemas/x',
      '/Roles/x',
      `/v3/Roles/${id}/Users`,
      `/../api/server/v1/applications/${id}`,
      '__proto__',
      '',
    ];
    for (const path of [...paths, null, 5, { a: 1 }, ['/Groups/x'], undefined]) {
      const [result] = await done([{ method: 'DELETE', path }]);
      failure(result, 400);
    }
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'delete ', '__proto__', '', null, 5]) {
      const [result] = await done([{ method, path: `/Groups/${id}`, data: {} }]);
      failure(result, 400, /method/);
    }
    const wrong = [
      { method: 'POST', path: `/Groups/${id}`, bulkId: 'a', data: { displayName: 'x' } },
      { method: 'PUT', path: '/Groups', data: { displayName: 'x' } },
      { method: 'DELETE', path: '/Groups' },
      { method: 'POST', path: '/Groups/.search', bulkId: 'b', data: {} },
      { method: 'POST', path: '/Groups', data: { displayName: 'no bulkId' } },
    ];
    for (const result of await done(wrong)) failure(result, 400);
    const data = [
      { method: 'POST', path: '/Groups', bulkId: 'a', data: 'text' },
      { method: 'POST', path: '/Groups', bulkId: 'b' },
      { method: 'PUT', path: `/Groups/${id}`, data: [] },
      { method: 'DELETE', path: `/Groups/${id}`, version: 5 },
    ];
    for (const result of await done(data)) failure(result, 400);
    expect((await scim.get(`/Groups/${id}`)).status).to.equal(200);
  });

  it('are refused when they are none', async () => {
    for (const body of [[], 'x', null, { Operations: {} }, { Operations: [] }, { Operations: ['x'] }, {}])
      expectScimError(await scim.post('/Bulk', body), 400, 'invalidSyntax');
    const operations = [group('a', name())];
    for (const failOnErrors of [-1, 1.5, 'one', {}])
      expectScimError(await send(operations, { failOnErrors }), 400, 'invalidSyntax');
    expectScimError(await scim.post('/Bulk', { schemas: ['urn:x'], Operations: operations }), 400, 'invalidSyntax');
    let deep: unknown = 'x';
    for (let i = 0; i < 1000; i++) deep = [deep];
    expectScimError(
      await send([{ ...group('a', 'x'), data: { displayName: 'x', members: deep } }]),
      400,
      'invalidSyntax',
    );
    expectScimError(await scim.send('POST', '/Bulk', '{"Operations":[', {}), 400, 'invalidSyntax');
    const [polluting] = await done([
      { method: 'POST', path: '/Groups', bulkId: '__proto__', data: JSON.parse('{"__proto__":{"displayName":"x"}}') },
    ]);
    failure(polluting, 400, /displayName/);
  });

  it('take an id of any name, even of one that objects have', async () => {
    const [first, second] = [name(), name()];
    const results = await done([
      { method: 'POST', path: '/Users', bulkId: '__proto__', data: { userName: first, password: 'Correct-horse-1' } },
      group('constructor', second, 'bulkId:__proto__'),
    ]);
    expect(codes(results)).to.deep.equal([201, 201]);
    expect((await groupNamed(second))?.members).to.have.length(1);
  });
});
