import { expect } from 'chai';
import { ConnectionsToken } from '#core/connections';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import {
  type ApiFailure,
  type Caller,
  type Json,
  providersAs,
  TOKEN_ISSUERS,
  tenantAdministrator,
} from './provider-api.js';

const issuer = 'https://issuer.example';

describe('identity providers of an organization', () => {
  let server: TestServer;
  let acme: Caller & { readonly orgId: string };
  let other: Caller & { readonly orgId: string };
  const connections = () => server.server.container.get(ConnectionsToken);

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    acme = await tenantAdministrator(server, 'acme.example');
    other = await tenantAdministrator(server, 'other.example');
  });
  after(() => server.stop());

  it('cannot be seen, changed or removed through another', async () => {
    const id = await providersAs(server, acme).make('Private', { idpIssuerName: issuer });
    const before = (await providersAs(server, acme).get(`/${id}`)).body;
    for (const caller of [other, {}]) {
      const api = providersAs(server, caller);
      const answers = [
        await api.get<ApiFailure>(`/${id}`),
        await api.replace<ApiFailure>(id, '/name', 'Mine'),
        await api.delete<ApiFailure>(`/${id}`),
        await providersAs(server, caller, TOKEN_ISSUERS).get<ApiFailure>(`/${id}`),
      ];
      for (const part of ['claims', 'implicit-association', 'roles', 'groups', 'provisioning/jit']) {
        answers.push(await api.get<ApiFailure>(`/${id}/${part}`));
        answers.push(await api.put<ApiFailure>(`/${id}/${part}`, part === 'groups' ? [] : {}));
      }
      for (const { status, body } of answers) expect([status, body.code]).to.deep.equal([404, 'IDP-60002']);
      expect((await api.get<{ totalResults: number }>('')).body.totalResults).to.equal(0);
    }
    expect((await providersAs(server, acme).get(`/${id}`)).body).to.deep.equal(before);
  });

  it('are trusted there only, though others may have the same name and issuer', async () => {
    const { id: root } = SUPER_ORGANIZATION;
    const found = async (orgId: string) => (await connections().findByIssuer(orgId, issuer))?.orgId;
    expect([await found(acme.orgId), await found(other.orgId), await found(root)]).to.deep.equal([
      acme.orgId,
      undefined,
      undefined,
    ]);
    const id = await providersAs(server, other).make('Private', { idpIssuerName: issuer });
    expect(await found(other.orgId)).to.equal(other.orgId);
    expect((await connections().find(other.orgId, id))?.name).to.equal('Private');
    expect(await connections().find(acme.orgId, id)).to.equal(undefined);
    expect(await connections().byName(root, 'Private')).to.equal(undefined);
  });

  it('are found by their issuer as soon as they have it, and no longer than they do', async () => {
    const api = providersAs(server);
    const { id: orgId } = SUPER_ORGANIZATION;
    const found = async (text: string) => (await connections().findByIssuer(orgId, text))?.id;
    const id = await api.make('https://named.example');
    expect(await found('https://named.example'), 'by its name while it has no other').to.equal(id);
    expect(await found('https://NAMED.example')).to.equal(undefined);
    await api.replace(id, '/idpIssuerName', 'https://a.example');
    expect([await found('https://a.example'), await found('https://named.example')]).to.deep.equal([id, undefined]);
    for (const near of ['https://A.example', 'https://a.example/', 'https://a.example ', ''])
      expect(await found(near), near).to.equal(undefined);
    await api.replace(id, '/isEnabled', 'false');
    expect(await found('https://a.example'), 'disabled').to.equal(undefined);
    expect((await connections().byName(orgId, 'HTTPS://named.example'))?.id).to.equal(id);
    await api.replace(id, '/isEnabled', 'true');
    expect(await found('https://a.example')).to.equal(id);
    await api.delete(`/${id}`);
    expect(await found('https://a.example')).to.equal(undefined);
    expect(await connections().find(orgId, id)).to.equal(undefined);
  });

  it('take no credentials of another', async () => {
    const { body, status } = await providersAs(server, { prefix: '/t/acme.example' }).get<Json>('');
    expect([status, body['identityProviders']]).to.deep.equal([401, undefined]);
  });
});
