import { expect } from 'chai';
import { onEachDatabase } from '../../support/databases.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import type { ApiFailure } from '../connections/provider-api.js';
import { makeResource, payment, RESOURCES, type Resource, resourcesAs } from './resource-api.js';

onEachDatabase('API resources of an organization', (database) => {
  let server: TestServer;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ database });
  });
  after(() => server?.stop());

  it('are made, shown, changed and removed', async () => {
    const api = resourcesAs(server);
    const scopes = [{ name: 'seats:read', displayName: 'Read seats', description: 'See what is free' }];
    const given = { name: 'Seats', identifier: 'https://seats.example', description: 'Seats', scopes };
    const { status, headers, body } = await api.post<Resource>('', { ...given, authorizationDetailsTypes: [payment] });
    expect(status).to.equal(201);
    expect(headers.get('location')).to.equal(`${server.origin}${RESOURCES}/${body.id}`);
    expect(body).to.deep.include({
      name: 'Seats',
      type: 'BUSINESS',
      requiresAuthorization: true,
      description: 'Seats',
    });
    expect(body.scopes[0]).to.include(scopes[0]);
    expect(body.authorizationDetailsTypes[0]).to.deep.include(payment);
    expect((await api.get<Resource>(`/${body.id}`)).body).to.deep.equal(body);
    const patch = {
      name: 'Places',
      addedScopes: [{ name: 'seats:write' }],
      addedAuthorizationDetailsTypes: [{ ...payment, type: 'refund' }],
      removedAuthorizationDetailsTypes: ['payment'],
    };
    expect((await api.patch(`/${body.id}`, patch)).status).to.equal(204);
    const changed = (await api.get<Resource>(`/${body.id}`)).body;
    expect(changed.name).to.equal('Places');
    expect(changed.scopes.map(({ name, displayName }) => [name, displayName])).to.deep.equal([
      ['seats:read', 'Read seats'],
      ['seats:write', 'seats:write'],
    ]);
    expect(changed.authorizationDetailsTypes.map(({ type }) => type)).to.deep.equal(['refund']);
    expect((await api.delete(`/${body.id}`)).status).to.equal(204);
    expect((await api.get<ApiFailure>(`/${body.id}`)).body.code).to.equal('API-RESOURCE-60002');
    expect((await api.delete(`/${body.id}`)).status).to.equal(204);
  });

  it('have scopes that are replaced, renamed and removed', async () => {
    const api = resourcesAs(server);
    const { id, scopes } = await makeResource(server, ['a:1', 'a:2']);
    const names = async () => (await api.get<Resource['scopes']>(`/${id}/scopes`)).body;
    expect((await api.put(`/${id}/scopes`, [{ name: 'a:2', displayName: 'Two' }, { name: 'a:3' }])).status).to.equal(
      204,
    );
    expect((await names()).map(({ name, displayName }) => [name, displayName])).to.deep.equal([
      ['a:2', 'Two'],
      ['a:3', 'a:3'],
    ]);
    const kept = scopes.find(({ name }) => name === 'a:2')?.id;
    expect((await names())[0]?.id).to.equal(kept);
    expect((await api.patch(`/${id}/scopes/a%3A3`, { displayName: 'Three' })).status).to.equal(204);
    expect((await api.patch(`/${id}/scopes/id/${kept}`, { description: 'Second' })).status).to.equal(204);
    expect((await names()).map(({ displayName }) => displayName)).to.deep.equal(['Two', 'Three']);
    expect((await api.delete(`/${id}/scopes/id/${kept}`)).status).to.equal(204);
    expect((await api.delete(`/${id}/scopes/a:3`)).status).to.equal(204);
    expect((await api.delete(`/${id}/scopes/a:3`)).status).to.equal(204);
    expect(await names()).to.deep.equal([]);
    expect((await api.patch<ApiFailure>(`/${id}/scopes/a:3`, { displayName: 'x' })).body.code).to.equal(
      'API-RESOURCE-60002',
    );
  });

  it('let one of many that take the same identifier or scope at once pass', async () => {
    const api = resourcesAs(server);
    const body = (number: number) => ({ name: 'Race', identifier: `urn:race:${number}`, scopes: [{ name: 'race' }] });
    const sameScope = await Promise.all([1, 2, 3, 4].map((number) => api.post<ApiFailure>('', body(number))));
    expect(sameScope.map(({ status }) => status).sort()).to.deep.equal([201, 409, 409, 409]);
    const sameName = { name: 'Race', identifier: 'urn:race' };
    const answers = await Promise.all([1, 2, 3, 4].map(() => api.post<ApiFailure>('', sameName)));
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 409, 409, 409]);
  });
});
