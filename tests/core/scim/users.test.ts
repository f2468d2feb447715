import { expect } from 'chai';
import type { HttpRequest } from '#core/http';
import { ConditionalChanges } from '../../../core/scim/protocol/conditional.js';
import type { ScimError } from '../../../core/scim/protocol/scim-error.js';
import { failureOf } from '../../support/failures.js';
import { createTenant } from '../../support/oauth-client.js';
import { expectScimError, fullUser as full, ScimClient, type ScimJson } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const SYSTEM = 'urn:scim:wso2:schema';

describe('SCIM users', () => {
  let server: TestServer;
  let scim: ScimClient;
  before(async () => {
    server = await startTestServer();
    scim = new ScimClient(server);
  });
  after(() => server.stop());

  describe('making', () => {
    it('[U1] a POST answers 201 with a Location that ends in the id', async () => {
      const { status, headers, body } = await scim.call('POST', '/Users', {
        userName: 'made',
        password: 'Secret-pass-1',
      });
      expect(status).to.equal(201);
      expect(headers.get('location')).to.equal(`${server.origin}/scim2/Users/${String(body['id'])}`);
      expect(headers.get('content-type')).to.equal('application/scim+json');
      expect(body['schemas']).to.deep.equal([USER, SYSTEM]);
      expect(body['userName']).to.equal('made');
      expect(body).to.not.have.property('password');
      const meta = body['meta'] as ScimJson;
      expect(meta).to.include({ resourceType: 'User', location: headers.get('location') });
      expect(meta['version']).to.equal(headers.get('etag'));
      expect(String(meta['created'])).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    });

    it('[U2] a name that is taken, in letters of any case, is a 409 in the words of the contract', async () => {
      await scim.user('taken');
      const detail = expectScimError(await scim.call('POST', '/Users', { userName: 'TAKEN' }), 409, 'uniqueness');
      expect(detail).to.equal('User with the name: TAKEN already exists in the system.');
    });

    it('keeps everything that a user can have, and shows it as it was sent', async () => {
      const made = await scim.user('full', full);
      const { body } = await scim.call('GET', `/Users/${made.id}`);
      for (const [name, value] of Object.entries(full)) {
        if (name === SYSTEM) continue;
        expect(body[name], name).to.deep.equal(value);
      }
      expect(body[SYSTEM]).to.deep.include({
        country: 'LK',
        dateOfBirth: '1990-01-31',
        preferredChannel: 'EMAIL',
        accountLocked: 'false',
      });
      expect(body).to.deep.equal(made);
    });

    it('takes an e-mail address as text, as an object, and as the primary one of several', async () => {
      for (const [emails, expected] of [
        [['a@x'], [{ value: 'a@x', primary: true }]],
        ['a@x', [{ value: 'a@x', primary: true }]],
        [[{ value: 'a@x' }], [{ value: 'a@x', primary: true }]],
        [[{ value: 'a@x', primary: true }], [{ value: 'a@x', primary: true }]],
        [[{ value: 'a@x', type: 'home' }], [{ type: 'home', value: 'a@x' }]],
        [[{ value: 'a@x', type: 'work', primary: true }], [{ type: 'work', value: 'a@x', primary: true }]],
        [
          [{ value: 'w@x', type: 'work' }, { value: 'p@x', primary: 'True' }, 'o@x'],
          [
            { value: 'p@x', primary: true },
            { type: 'work', value: 'w@x' },
            { type: 'other', value: 'o@x' },
          ],
        ],
        [[{ value: 'a@x', type: 'boat' }], [{ type: 'other', value: 'a@x' }]],
      ] as const) {
        const made = await scim.user(`mail-${Math.random().toString(36).slice(2)}`, { emails });
        expect(made['emails'], JSON.stringify(emails)).to.deep.equal(expected);
        const put = await scim.call('PUT', `/Users/${made.id}`, made);
        expect(put.body['emails'], JSON.stringify(emails)).to.deep.equal(expected);
      }
    });

    it('passes over what it does not know and what is read-only', async () => {
      const made = await scim.user('lenient', {
        id: 'mine',
        unknown: { deep: [1] },
        groups: [{ value: 'admins' }],
        roles: [{ value: 'admin' }],
        meta: { created: '1999-01-01T00:00:00Z' },
        [SYSTEM]: { accountState: 'MADE_UP', lockedReason: 'x', madeUp: true },
        'urn:example:unknown': { a: 1 },
        USERTYPE: 'Contractor',
      });
      expect(made.id).to.not.equal('mine');
      expect(made['userType']).to.equal('Contractor');
      expect(made).to.not.have.any.keys('unknown', 'groups', 'urn:example:unknown');
      expect((made['roles'] as ScimJson[]).map(({ display }) => display)).to.deep.equal(['everyone']);
      expect(made[SYSTEM]).to.not.have.any.keys('lockedReason', 'madeUp');
      expect(JSON.stringify(made)).to.not.contain('MADE_UP');
    });

    it('refuses a user without a name, a password that breaks the policy, and a store that is not there', async () => {
      for (const body of [{}, { userName: '' }, { userName: null }, { userName: [] }])
        expectScimError(await scim.call('POST', '/Users', body), 400, 'invalidValue', JSON.stringify(body));
      const weak = await scim.call('POST', '/Users', { userName: 'weak', password: 'short' });
      expect(expectScimError(weak, 400, 'invalidValue')).to.match(/^Error in adding the user: weak\. \S+/);
      const nowhere = await scim.call('POST', '/Users', { userName: 'NOPE/kim' });
      expect(expectScimError(nowhere, 400, 'invalidValue')).to.equal(
        "Invalid user store domain: 'NOPE'. The specified domain does not exist or is currently disabled.",
      );
      expect(await scim.user('PRIMARY/prefixed')).to.include({ userName: 'prefixed' });
    });
  });

  describe('reading', () => {
    it('answers 404 for who is not there', async () => {
      for (const id of ['nobody', '00000000-0000-0000-0000-000000000000', 'a%20b', '..%2fMe', '%00'])
        expectScimError(await scim.call('GET', `/Users/${id}`), 404, undefined, id);
    });

    it('[U12] attributes=userName leaves schemas, id, userName and meta', async () => {
      const { id } = await scim.user('narrow', { ...full, externalId: 'narrow' });
      const { body } = await scim.call('GET', `/Users/${id}?attributes=userName`);
      expect(Object.keys(body)).to.have.members(['schemas', 'id', 'userName', 'meta']);
    });

    it('answers what is named, by name, part and URI, and leaves out what is excluded', async () => {
      const { id } = await scim.user('chosen', { ...full, externalId: 'chosen' });
      const get = async (query: string) => (await scim.call('GET', `/Users/${id}?${query}`)).body;
      const named = await get(`attributes=NAME.givenName,${ENTERPRISE}:manager.value,${SYSTEM}:country,emails,nothing`);
      expect(named['name']).to.deep.equal({ givenName: 'Kim' });
      expect(named[ENTERPRISE]).to.deep.equal({ manager: { value: 'boss' } });
      expect(named[SYSTEM]).to.deep.equal({ country: 'LK' });
      expect(named['emails']).to.deep.equal(full.emails);
      expect(named).to.not.have.any.keys('displayName', 'userName');
      expect((await get(`attributes=${ENTERPRISE}`))[ENTERPRISE]).to.deep.equal(full[ENTERPRISE]);
      expect((await get(`attributes=${USER}:userName`))['userName']).to.equal('chosen');
      const less = await get(`excludedAttributes=id,name.givenName,emails,${ENTERPRISE},meta`);
      expect(less['id']).to.equal(id);
      expect(less['name']).to.not.have.property('givenName');
      expect(less['name']).to.have.property('familyName');
      expect(less).to.not.have.any.keys('emails', ENTERPRISE, 'meta');
    });

    it('[U13] passwordExpiryTime and isReadOnlyUser are answered when they are named, and only then', async () => {
      const { id } = await scim.user('expiring');
      const { body } = await scim.call('GET', `/Users/${id}`);
      expect(body[SYSTEM] ?? {}).to.not.have.any.keys('passwordExpiryTime', 'isReadOnlyUser', 'oneTimePassword');
      const named = await scim.call('GET', `/Users/${id}?attributes=${SYSTEM}:isReadOnlyUser`);
      expect(named.body[SYSTEM]).to.deep.equal({ isReadOnlyUser: 'false' });
      const whole = await scim.call('GET', `/Users/${id}?attributes=${SYSTEM},password`);
      expect(whole.body[SYSTEM] ?? {}).to.not.have.property('isReadOnlyUser');
      expect(JSON.stringify(whole.body)).to.not.contain('assword"');
    });

    it('says by ETag whether anything has changed', async () => {
      const { id } = await scim.user('tagged');
      const first = await scim.call('GET', `/Users/${id}`);
      const etag = first.headers.get('etag') ?? '';
      expect(etag).to.match(/^W\/"[\w-]+"$/);
      for (const known of [etag, `"x", ${etag}`, '*', etag.slice(2)]) {
        const again = await scim.call('GET', `/Users/${id}`, undefined, { 'if-none-match': known });
        expect([again.status, again.body, again.headers.get('etag')], known).to.deep.equal([304, undefined, etag]);
      }
      await scim.patch(`/Users/${id}`, { op: 'add', path: 'title', value: 'Boss' });
      const later = await scim.call('GET', `/Users/${id}`, undefined, { 'if-none-match': etag });
      expect(later.status).to.equal(200);
      expect(later.headers.get('etag')).to.not.equal(etag);
    });
  });

  describe('replacing', () => {
    it('replaces what a user has; what the body does not name is gone', async () => {
      const { id } = await scim.user('replaced', { ...full, externalId: 'replaced' });
      const body = { userName: 'replaced', name: { givenName: 'Kay' }, emails: ['kay@x.com'] };
      const { status, body: after } = await scim.call('PUT', `/Users/${id}`, body);
      expect(status).to.equal(200);
      expect(after).to.include({ id, userName: 'replaced' });
      expect(after['name']).to.deep.equal({ givenName: 'Kay' });
      expect(after['emails']).to.deep.equal([{ value: 'kay@x.com', primary: true }]);
      expect(after).to.not.have.any.keys('displayName', 'phoneNumbers', 'addresses', 'externalId', ENTERPRISE);
    });

    it('does not unlock an account by leaving the lock out', async () => {
      const { id } = await scim.user('still-locked', { [SYSTEM]: { accountLocked: true, country: 'LK' } });
      const { body } = await scim.call('PUT', `/Users/${id}`, { userName: 'still-locked' });
      expect(body[SYSTEM]).to.deep.include({ accountLocked: 'true' });
      expect(body[SYSTEM]).to.not.have.property('country');
      const after = await scim.call('PUT', `/Users/${id}`, {
        userName: 'still-locked',
        [SYSTEM]: { accountLocked: 'false' },
      });
      expect(after.body[SYSTEM]).to.deep.include({ accountLocked: 'false' });
    });

    it('[U3] another userName is refused, by PUT and by PATCH', async () => {
      const { id } = await scim.user('fixed-name');
      const put = await scim.call('PUT', `/Users/${id}`, { userName: 'other-name' });
      expect(expectScimError(put, 400, 'mutability')).to.equal('Attribute userName cannot be modified.');
      for (const operation of [
        { op: 'replace', path: 'userName', value: 'other-name' },
        { op: 'replace', value: { userName: 'other-name' } },
        { op: 'replace', path: `${USER}:userName`, value: 'other-name' },
        { op: 'remove', path: 'userName' },
      ]) {
        const patched = await scim.patch(`/Users/${id}`, operation);
        expect(expectScimError(patched, 400, 'mutability')).to.equal('Attribute userName cannot be modified.');
      }
      expect(
        (await scim.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: 'FIXED-name' })).status,
      ).to.equal(200);
    });

    it('changes only the version that the client has read', async () => {
      const { id } = await scim.user('versioned');
      const etag = (await scim.call('GET', `/Users/${id}`)).headers.get('etag') ?? '';
      const body = { userName: 'versioned', title: 'One' };
      const first = await scim.call('PUT', `/Users/${id}`, body, { 'if-match': etag });
      expect(first.status).to.equal(200);
      for (const [method, json] of [
        ['PUT', { ...body, title: 'Two' }],
        ['PATCH', { Operations: [{ op: 'replace', path: 'title', value: 'Two' }] }],
        ['DELETE', undefined],
      ] as const)
        expectScimError(await scim.call(method, `/Users/${id}`, json, { 'if-match': etag }), 412, undefined, method);
      expect((await scim.call('GET', `/Users/${id}`)).body['title']).to.equal('One');
      const current = first.headers.get('etag') ?? '';
      const several = { 'if-match': `W/"x", ${current}` };
      expect((await scim.call('PUT', `/Users/${id}`, { ...body, title: 'Two' }, several)).status).to.equal(200);
      expect((await scim.call('DELETE', `/Users/${id}`, undefined, { 'if-match': '*' })).status).to.equal(204);
    });

    it('refuses a change of a version that somebody else is just changing', async () => {
      const changes = server.server.container.build(ConditionalChanges);
      const request = { headers: { 'if-match': 'W/"1"' } } as unknown as HttpRequest;
      const run = (work: () => Promise<string>) =>
        changes.run({ request, orgId: 'one', id: 'held' }, async () => ({ version: 'W/"1"' }), work);
      const late: Error[] = [];
      const first = await run(async () => {
        late.push(await failureOf(() => run(async () => 'second')));
        return 'first';
      });
      expect([first, late.map((error) => (error as ScimError).status)]).to.deep.equal(['first', [412]]);
      expect(await run(async () => 'third')).to.equal('third');
    });

    it('lets one of many succeed that change the same version at once', async () => {
      const { id } = await scim.user('raced');
      const etag = (await scim.call('GET', `/Users/${id}`)).headers.get('etag') ?? '';
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          scim.call('PUT', `/Users/${id}`, { userName: 'raced', title: `T${index}` }, { 'if-match': etag }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, ...Array<number>(7).fill(412)]);
    });
  });

  it('keeps the users of tenants apart', async () => {
    const acme = await createTenant(server, 'acme.example');
    const { id } = await scim.user('ours');
    const owner = `Basic ${Buffer.from('owner:Owner-pass-1').toString('base64')}`;
    const theirs = new ScimClient(server, { prefix: acme.prefix, authorization: owner });
    expectScimError(await theirs.call('GET', `/Users/${id}`), 404);
    const made = await theirs.user('ours');
    expect(String((made['meta'] as ScimJson)['location'])).to.equal(
      `${server.origin}/t/acme.example/scim2/Users/${made.id}`,
    );
    expectScimError(await scim.call('GET', `/Users/${made.id}`), 404);
    expectScimError(await theirs.as(server.admin).call('GET', `/Users/${made.id}`), 401);
  });
});
