import { expect } from 'chai';
import { expectScimError, fullUser as full, ScimClient, type ScimJson } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const SYSTEM = 'urn:scim:wso2:schema';

describe('changes of SCIM users', () => {
  let server: TestServer;
  let scim: ScimClient;
  before(async () => {
    server = await startTestServer();
    scim = new ScimClient(server);
  });
  after(() => server.stop());

  describe('changing', () => {
    it('changes what the operations name and answers with the user', async () => {
      const { id } = await scim.user('patched', { ...full, externalId: 'patched' });
      const { status, body } = await scim.patch(
        `/Users/${id}`,
        { op: 'Replace', path: 'name.familyName', value: 'Cole' },
        { op: 'add', path: 'emails[type eq "home"].value', value: 'kim@h.com' },
        { op: 'remove', path: 'phoneNumbers[type eq work]' },
        { op: 'replace', path: `${SYSTEM}:accountLocked`, value: true },
        { op: 'replace', path: 'addresses[type eq "home"].locality', value: 'Galle' },
        { op: 'add', value: { nickName: 'K', [ENTERPRISE]: { department: 'D2' }, 'name.givenName': 'Kay' } },
        { op: 'remove', path: `${ENTERPRISE}:manager.displayName` },
      );
      expect(status).to.equal(200);
      expect(body['name']).to.deep.equal({ ...full.name, familyName: 'Cole', givenName: 'Kay' });
      expect(body['emails']).to.deep.equal([...full.emails, { type: 'home', value: 'kim@h.com' }]);
      expect(body['phoneNumbers']).to.deep.equal([full.phoneNumbers[0]]);
      expect(body[SYSTEM]).to.deep.include({ accountLocked: 'true' });
      expect((body['addresses'] as ScimJson[])[0]).to.deep.equal({ ...full.addresses[0], locality: 'Galle' });
      expect(body['nickName']).to.equal('K');
      expect(body[ENTERPRISE]).to.deep.equal({ employeeNumber: '42', department: 'D2', manager: { value: 'boss' } });
      expect((await scim.call('GET', `/Users/${id}`)).body).to.deep.equal(body);
    });

    it('changes all or nothing', async () => {
      const { id } = await scim.user('atomic', { title: 'Before' });
      const before = (await scim.call('GET', `/Users/${id}`)).body;
      for (const bad of [
        { op: 'replace', path: 'nothing', value: 1 },
        { op: 'replace', path: 'password', value: 'x' },
        { op: 'replace', path: 'groups', value: [] },
      ])
        expect(
          (await scim.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'After' }, bad)).status,
        ).to.equal(400);
      expect((await scim.call('GET', `/Users/${id}`)).body).to.deep.equal(before);
    });

    it('sets a password, with which the user signs in from then on', async () => {
      const { id } = await scim.user('secret');
      const signsIn = async (password: string) => {
        const basic = `Basic ${Buffer.from(`secret:${password}`).toString('base64')}`;
        return (await scim.as(basic).call('GET', '/Me')).status;
      };
      expect(await signsIn('Correct-horse-1')).to.equal(200);
      const { status, body } = await scim.patch(`/Users/${id}`, {
        op: 'replace',
        path: 'password',
        value: 'New-pass-22',
      });
      expect([status, body['password']]).to.deep.equal([200, undefined]);
      expect([await signsIn('Correct-horse-1'), await signsIn('New-pass-22')]).to.deep.equal([401, 200]);
      await scim.call('PUT', `/Users/${id}`, { userName: 'secret', password: 'New-pass-33' });
      expect([await signsIn('New-pass-22'), await signsIn('New-pass-33')]).to.deep.equal([401, 200]);
    });

    it('refuses values that no store could keep', async () => {
      const { id } = await scim.user('limits');
      for (const value of ['a\u0000b', '\ud800', 'x'.repeat(16_001)])
        expectScimError(
          await scim.patch(`/Users/${id}`, { op: 'replace', path: 'title', value }),
          400,
          'invalidValue',
          value.slice(0, 10),
        );
      const emails = Array.from({ length: 101 }, (_, index) => ({ type: 'work', value: `${index}@x` }));
      expectScimError(await scim.call('PUT', `/Users/${id}`, { userName: 'limits', emails }), 400, 'invalidValue');
      const unicode = 'Zoë 💜 日本語 ‮';
      const { body } = await scim.patch(`/Users/${id}`, { op: 'replace', path: 'displayName', value: unicode });
      expect(body['displayName']).to.equal(unicode);
    });
  });

  describe('removing', () => {
    it('removes a user once', async () => {
      const { id } = await scim.user('removed');
      const { status, body } = await scim.call('DELETE', `/Users/${id}`);
      expect([status, body]).to.deep.equal([204, undefined]);
      expectScimError(await scim.call('DELETE', `/Users/${id}`), 404);
      expectScimError(await scim.call('GET', `/Users/${id}`), 404);
    });
  });
});
