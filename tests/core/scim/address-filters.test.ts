import { expect } from 'chai';
import { UserServiceToken } from '#core/users';
import { slapdPrimary } from '../../support/directory-stores.js';
import { superPlace } from '../../support/oauth-client.js';
import { expectScimError, ScimClient, type ScimJson } from '../../support/scim-client.js';
import { onServices } from '../../support/services.js';
import { privateSlapd } from '../../support/slapd.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

/** Addresses by user; `hard` has what would deceive a search in JSON that is not careful. */
const people: Readonly<Record<string, readonly ScimJson[]>> = {
  kandy: [
    { type: 'home', streetAddress: '1 Main St', locality: 'Kandy', region: 'Central' },
    { type: 'work', locality: 'Galle', region: 'South' },
  ],
  galle: [{ type: 'home', locality: 'Galle', region: 'South-West', postalCode: '80000' }],
  plain: [{ type: 'work', formatted: '2 Office Rd, South' }],
  both: [{ type: 'work', formatted: '3 Office Rd', country: 'LK' }],
  hard: [{ type: 'home', locality: '"region":"South"', region: 'Cen\\tral "x" %_*()' }],
  none: [],
};

/** Filters, and who fits them. */
const cases: readonly (readonly [filter: string, names: readonly string[]])[] = [
  ['addresses.region eq "south"', ['kandy']],
  ['addresses.region eq "South-West"', ['galle']],
  ['addresses[type eq "home"].region eq "Central"', ['kandy']],
  ['addresses[type eq "home" and region eq "South"]', []],
  ['addresses[type eq "work" and region eq "South"]', ['kandy']],
  ['addresses[locality eq "Galle" and region sw "South"]', ['galle', 'kandy']],
  ['addresses[locality eq "Galle" and not (region eq "South")]', ['galle']],
  ['addresses[type eq "home" and (region eq "Central" or postalCode eq "80000")]', ['galle', 'kandy']],
  ['addresses[type eq "home" and region ne "Central"]', ['galle', 'hard']],
  ['addresses[type eq "work" and region eq null]', ['both', 'plain']],
  ['addresses[type eq "work" and region ne null]', ['kandy']],
  ['addresses.postalCode eq null and addresses pr', ['both', 'hard', 'kandy', 'plain']],
  ['addresses.region sw "sou"', ['galle', 'kandy']],
  ['addresses.region pr', ['galle', 'hard', 'kandy']],
  ['addresses.postalCode pr', ['galle']],
  ['addresses.region eq "Cen\\\\tral \\"x\\" %_*()"', ['hard']],
  ['addresses.locality eq "\\"region\\":\\"South\\""', ['hard']],
  ['addresses.region ne "South" and addresses pr', ['both', 'galle', 'hard', 'plain']],
  ['addresses.formatted eq "2 office rd, south"', ['plain']],
  ['addresses.formatted eq "3 Office Rd"', ['both']],
  ['addresses.formatted sw "2 Off"', ['plain']],
  ['addresses.formatted co "Office"', ['both', 'plain']],
  ['addresses.formatted pr', ['both', 'plain']],
  // Each type has a claim of its own; to have none is to have none of any type.
  ['addresses eq null', ['none']],
  ['addresses ne null', ['both', 'galle', 'hard', 'kandy', 'plain']],
  ['addresses pr', ['both', 'galle', 'hard', 'kandy', 'plain']],
  ['addresses.type eq "home"', ['galle', 'hard', 'kandy']],
  ['addresses.country eq "LK" and userName sw "b"', ['both']],
];

async function check(server: TestServer): Promise<void> {
  const scim = new ScimClient(server);
  for (const [name, addresses] of Object.entries(people))
    await scim.user(name, { addresses, name: { familyName: 'x' } });
  const query = async (filter: string) => scim.call<ScimJson>('GET', `/Users?${new URLSearchParams({ filter })}`);
  for (const [filter, names] of cases) {
    const { status, body } = await query(filter);
    expect(status, `${filter} ${JSON.stringify(body)}`).to.equal(200);
    const found = (body['Resources'] as ScimJson[]).map(({ userName }) => userName).filter((one) => one !== 'admin');
    expect(found.sort(), filter).to.deep.equal(names);
  }
  for (const comparison of ['co', 'ew', 'gt', 'ge', 'lt', 'le']) {
    const refused = expectScimError(await query(`addresses.region ${comparison} "x"`), 400, 'invalidFilter');
    expect(refused).to.match(/addresses\.region.*one text/);
  }
  for (const filter of ['addresses.nothing eq "x"', 'addresses[constructor eq "x"]', 'meta.location eq "x"'])
    expect(expectScimError(await query(filter), 400, 'invalidFilter')).to.match(
      /nothing|constructor|meta\.location.*claim/,
    );
}

describe('SCIM filters by parts of addresses', () => {
  it('are evaluated by the SQL store', async () => {
    const server = await startTestServer();
    try {
      await check(server);
      // What others have written is plain text, and an address without a type is one too.
      const claims = { 'http://wso2.org/claims/addresses': ['South'] };
      const users = server.server.container.get(UserServiceToken);
      await users.create(superPlace.orgId, { username: 'other', password: 'Correct-horse-1', claims });
      const { body } = await new ScimClient(server).call<ScimJson>(
        'GET',
        `/Users?${new URLSearchParams({ filter: 'addresses.region eq "South" or addresses eq "South"' })}`,
      );
      expect((body['Resources'] as ScimJson[]).map(({ userName }) => userName)).to.deep.equal(['kandy', 'other']);
    } finally {
      await server.stop();
    }
  });

  onServices('slapd')('are evaluated by a directory', async () => {
    const slapd = await privateSlapd();
    try {
      const server = await startTestServer({ toml: slapdPrimary(slapd) });
      try {
        await check(server);
      } finally {
        await server.stop();
      }
    } finally {
      await slapd.stop();
    }
  });
});
