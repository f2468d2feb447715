import { expect } from 'chai';
import type { User } from '#core/users';
import { createTenant, createUser } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { expectScimError, scimAs } from './scim-caller.js';

describe('lists of groups by SCIM', () => {
  let server: TestServer;
  let scim: ReturnType<typeof scimAs>;
  let kim: User;
  let clerks = '';

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    scim = scimAs(server);
    kim = await createUser(server, 'kim');
    for (const displayName of ['clerks', 'Managers', 'managers_of_clerks', '100%_sure', 'quoted"name"']) {
      const members = displayName === 'clerks' ? [{ value: kim.id }] : [];
      const { body } = await scim.post('/Groups', { displayName, members });
      if (displayName === 'clerks') clerks = body.id;
    }
  });
  after(() => server?.stop());

  const found = async (filter: string) =>
    (await scim.list(`/Groups?filter=${encodeURIComponent(filter)}`)).map(({ displayName }) => displayName).sort();

  it('know every operator, and every way to join them', async () => {
    const all = ['100%_sure', 'Managers', 'clerks', 'managers_of_clerks', 'quoted"name"'];
    expect(await found('displayName eq "CLERKS"')).to.deep.equal(['clerks']);
    expect(await found('displayName ne "clerks"')).to.deep.equal(all.filter((one) => one !== 'clerks'));
    expect(await found('displayName co "clerk"')).to.deep.equal(['clerks', 'managers_of_clerks']);
    expect(await found('displayName sw managers')).to.deep.equal(['Managers', 'managers_of_clerks']);
    expect(await found('displayName ew "clerks"')).to.deep.equal(['clerks', 'managers_of_clerks']);
    expect(await found('displayName gt "managers"')).to.deep.equal(['managers_of_clerks', 'quoted"name"']);
    expect(await found('displayName le "clerks"')).to.deep.equal(['100%_sure', 'clerks']);
    expect(await found('displayName pr')).to.deep.equal(all);
    expect(await found('displayName co "%"')).to.deep.equal(['100%_sure']);
    expect(await found('displayName co "_s"')).to.deep.equal(['100%_sure']);
    expect(await found('displayName eq "quoted\\"name\\""')).to.deep.equal(['quoted"name"']);
    expect(await found('displayName eq "clerks" or displayName eq "managers"')).to.deep.equal(['Managers', 'clerks']);
    expect(await found('displayName sw "m" and not (displayName co "_of_")')).to.deep.equal(['Managers']);
    expect(await found(`id eq "${clerks}" and displayName pr`)).to.deep.equal(['clerks']);
    expect(await found('urn:ietf:params:scim:schemas:core:2.0:Group:displayName eq clerks')).to.deep.equal(['clerks']);
  });

  it('can be asked for by member and by time', async () => {
    expect(await found(`members eq "${kim.id}"`)).to.deep.equal(['clerks']);
    expect(await found(`members.value eq "${kim.id}"`)).to.deep.equal(['clerks']);
    expect(await found(`members[value eq "${kim.id}"]`)).to.deep.equal(['clerks']);
    expect(await found(`members.value ne "${kim.id}" and displayName co "clerks"`)).to.deep.equal([
      'managers_of_clerks',
    ]);
    expect(await found('meta.created gt "2001-01-01T00:00:00Z" and displayName eq "clerks"')).to.deep.equal(['clerks']);
    expect(await found('meta.lastModified lt "2001-01-01T00:00:00Z"')).to.deep.equal([]);
  });

  it('know the domain of a name', async () => {
    expect(await found('displayName eq "PRIMARY/clerks"')).to.deep.equal(['clerks']);
    expect(await found('displayName eq "NOPE/clerks"')).to.deep.equal([]);
    expect((await scim.list('/Groups?domain=primary')).length).to.equal(5);
    const text = "Invalid user store domain: 'X'. The specified domain does not exist or is currently disabled.";
    expectScimError(await scim.get('/Groups?domain=X'), 400, 'invalidValue');
    expect((await scim.get('/Groups?domain=X')).body.detail).to.equal(text);
  });

  it('refuse filters that cannot be', async () => {
    const refused = async (filter: string) =>
      expectScimError(await scim.get(`/Groups?filter=${encodeURIComponent(filter)}`), 400, 'invalidFilter');
    await refused('displayName like "x"');
    await refused('displayName eq');
    await refused('userName eq "x"');
    await refused('roles.display eq "x"');
    await refused('meta.created gt "yesterday"');
    await refused('members sw "x"');
    await refused('members[value eq "x" and display eq "y"]');
    await refused('displayName gt null');
    await refused('__proto__ eq "x"');
    await refused(`${'('.repeat(200)}displayName pr${')'.repeat(200)}`);
  });

  it('come in pages', async () => {
    const page = async (query: string) => (await scim.get(`/Groups?${query}`)).body;
    expect(await page('startIndex=2&count=2')).to.include({ totalResults: 5, startIndex: 2, itemsPerPage: 2 });
    const names: unknown[] = [];
    for (let at = 1; at < 7; at += 2)
      names.push(...((await page(`startIndex=${at}&count=2`)).Resources ?? []).map(({ displayName }) => displayName));
    expect(names).to.have.length(5);
    expect(new Set(names).size).to.equal(5);
    expect(await page('startIndex=50')).to.deep.include({ totalResults: 5, itemsPerPage: 0, Resources: [] });
    expect(await page('startIndex=-3&count=1')).to.include({ startIndex: 1, itemsPerPage: 1 });
    const none = await page('count=0');
    expect(none).to.include({ totalResults: 0, itemsPerPage: 0 });
    expectScimError(await scim.get('/Groups?count=many'), 400, 'invalidValue');
    const sorted = await scim.get('/Groups?sortBy=displayName');
    expectScimError(sorted, 501);
    expect(sorted.body.detail).to.equal('Sorting is not supported');
  });

  it('can be asked for by POST', async () => {
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'];
    const filter = 'displayName eq "clerks"';
    const body = { schemas, filter, attributes: ['displayName'], startIndex: 1, count: 10 };
    const answer = await scim.post('/Groups/.search', body);
    expect(answer.status).to.equal(200);
    expect(answer.body.schemas).to.deep.equal(['urn:ietf:params:scim:api:messages:2.0:ListResponse']);
    expect(answer.body.Resources?.[0]).to.include({ displayName: 'clerks' }).and.not.to.have.property('members');
    expectScimError(await scim.post('/Groups/.search', { schemas, attributes: 'x', filter: 5 }), 400, 'invalidSyntax');
    expectScimError(await scim.post('/Groups/.search', { schemas: ['urn:x'] }), 400, 'invalidSyntax');
  });

  it('are those of the organization', async () => {
    const tenant = await createTenant(server, 'acme.example');
    const authorization = `Basic ${Buffer.from('owner:Owner-pass-1').toString('base64')}`;
    const other = scimAs(server, { authorization, prefix: tenant.prefix });
    expect(await other.list('/Groups')).to.deep.equal([]);
    expectScimError(await other.get(`/Groups/${clerks}`), 404);
    expectScimError(await other.delete(`/Groups/${clerks}`), 404);
    expectScimError(
      await other.post('/Groups', { displayName: 'xyz', members: [{ value: kim.id }] }),
      400,
      'invalidValue',
    );
    const { headers } = await other.post('/Groups', { displayName: 'clerks' });
    expect(headers.get('location')).to.match(/^https:\/\/[^/]+\/t\/acme\.example\/scim2\/Groups\//);
  });
});
