import { expect } from 'chai';
import { expectScimError, ScimClient, type ScimJson } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const LOCAL = 'http://wso2.org/claims/';
const CUSTOM = 'urn:example:schemas:Own';
const CLAIMS = '/api/server/v1/claim-dialects';

interface List {
  readonly Resources: readonly { readonly userName: string }[];
}

describe('attributes of an organization’s own in SCIM', () => {
  let server: TestServer;
  let scim: ScimClient;

  /** Makes a local claim and shows it in the custom schema. */
  const define = async (name: string, more: ScimJson = {}, shownAs = name) => {
    const claim = await server.api('POST', `${CLAIMS}/local/claims`, {
      claimURI: LOCAL + name,
      displayName: name,
      supportedByDefault: true,
      attributeMapping: [{ mappedAttribute: name, userstore: 'PRIMARY' }],
      ...more,
    });
    expect(claim.status, JSON.stringify(claim.body)).to.equal(201);
    const dialect = Buffer.from(CUSTOM).toString('base64url');
    const external = await server.api('POST', `${CLAIMS}/${dialect}/claims`, {
      claimURI: `${CUSTOM}:${shownAs}`,
      mappedLocalClaimURI: LOCAL + name,
    });
    expect(external.status, JSON.stringify(external.body)).to.equal(201);
  };

  before(async () => {
    server = await startTestServer({ toml: `[scim2]\ncustom_user_schema_uri = "${CUSTOM}"` });
    scim = new ScimClient(server);
    await define('badge');
    await define('level', { dataType: 'integer' });
    await define('ratio', { dataType: 'decimal' });
    await define('remote', { dataType: 'boolean' });
    await define('hired', { dataType: 'date' });
    await define('skills', { multiValued: true });
    await define('carPlate', {}, 'car.plate');
    await define('carColour', {}, 'car.colour');
  });
  after(() => server.stop());

  const own = {
    badge: 'B-7',
    level: 12,
    ratio: 1.5,
    remote: false,
    hired: '2024-01-31',
    skills: ['a', 'b, c'],
    car: { plate: 'X 1', colour: 'red' },
  };

  it('keep their types, by POST, PUT and PATCH', async () => {
    const made = await scim.user('typed', { [CUSTOM]: own });
    expect(made[CUSTOM]).to.deep.equal(own);
    expect(made['schemas']).to.include(CUSTOM);
    const texts = { ...own, level: '13', remote: 'True', ratio: '2' };
    const put = await scim.call('PUT', `/Users/${made.id}`, { userName: 'typed', [CUSTOM]: texts });
    expect(put.body[CUSTOM]).to.deep.equal({ ...own, level: 13, remote: true, ratio: 2 });
    const patched = await scim.patch(
      `/Users/${made.id}`,
      { op: 'replace', path: `${CUSTOM}:level`, value: 14 },
      { op: 'add', path: `${CUSTOM}:skills`, value: 'd' },
      { op: 'remove', path: `${CUSTOM}:car.colour` },
      { op: 'replace', value: { [CUSTOM]: { badge: 'B-8' }, [`${CUSTOM}:remote`]: false } },
    );
    expect(patched.body[CUSTOM]).to.deep.equal({
      ...own,
      badge: 'B-8',
      level: 14,
      ratio: 2,
      skills: ['a', 'b, c', 'd'],
      car: { plate: 'X 1' },
    });
    expect((await scim.call('PUT', `/Users/${made.id}`, { userName: 'typed' })).body).to.not.have.property(CUSTOM);
  });

  it('are refused with values of another type', async () => {
    const { id } = await scim.user('mistyped');
    for (const [name, value] of [
      ['level', 1.5],
      ['level', 'many'],
      ['ratio', 'half'],
      ['remote', 'perhaps'],
      ['hired', 'yesterday'],
      ['badge', { a: 1 }],
      ['car', 'red'],
    ] as const)
      expectScimError(
        await scim.patch(`/Users/${id}`, { op: 'add', path: `${CUSTOM}:${name}`, value }),
        400,
        'invalidValue',
        name,
      );
  });

  it('are found by filters, as numbers where they are numbers', async () => {
    await scim.user('nine', { [CUSTOM]: { level: 9, remote: true, skills: ['x', 'y'], car: { plate: 'P9' } } });
    await scim.user('ten', { [CUSTOM]: { level: 10, remote: false, hired: '2020-05-01' } });
    const named = async (filter: string) => {
      const { status, body } = await scim.call<List>('GET', `/Users?${new URLSearchParams({ filter })}`);
      expect(status, JSON.stringify(body)).to.equal(200);
      return body.Resources.map(({ userName }) => userName).sort();
    };
    expect(await named(`${CUSTOM}:level gt 9`)).to.deep.equal(['ten']);
    expect(await named(`${CUSTOM}:level ge "9"`)).to.deep.equal(['nine', 'ten']);
    expect(await named(`${CUSTOM}:remote eq true`)).to.deep.equal(['nine']);
    expect(await named(`${CUSTOM}:skills eq "y"`)).to.deep.equal(['nine']);
    expect(await named(`${CUSTOM}:car.plate sw "P"`)).to.deep.equal(['nine']);
    expect(await named(`${CUSTOM}:hired lt "2021-01-01"`)).to.deep.equal(['ten']);
    const wrong = await scim.call('GET', `/Users?${new URLSearchParams({ filter: `${CUSTOM}:level gt x` })}`);
    expectScimError(wrong, 400, 'invalidFilter');
  });

  it('stand in /Schemas below the URI that the operator has chosen', async () => {
    const { body } = await scim.call<{ id: string; attributes: { name: string; type: string }[] }[]>('GET', '/Schemas');
    const attributes = body.find(({ id }) => id === CUSTOM)?.attributes ?? [];
    expect(attributes.map(({ name, type }) => `${name} ${type}`).sort()).to.deep.equal([
      'badge STRING',
      'car COMPLEX',
      'hired DATE_TIME',
      'level INTEGER',
      'ratio DECIMAL',
      'remote BOOLEAN',
      'skills STRING',
    ]);
  });
});
