import { expect } from 'chai';
import type { JWTPayload } from 'jose';
import { RoleServiceToken } from '#core/access';
import { MAY_ASK_HERE } from '../../support/key-endpoint.js';
import { createApp, createTenant, superPlace, type TestApp, tokensOf } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { TrustedIssuer } from '../../support/trusted-issuer.js';
import { expectScimError, scimAs, valuesOf } from '../scim/scim-caller.js';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const IDPS = '/api/server/v1/identity-providers';
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

interface Group {
  readonly id: string;
  readonly name: string;
}

describe('groups of identity providers', () => {
  let server: TestServer;
  let scim: ReturnType<typeof scimAs>;
  let partner: TrustedIssuer;
  let other: TrustedIssuer;
  let app: TestApp;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ toml: MAY_ASK_HERE });
    scim = scimAs(server);
    partner = await TrustedIssuer.start(server, 'partner');
    other = await TrustedIssuer.start(server, 'other', { groups: [{ name: 'eng' }] });
    app = await createApp(server, { client: { grantTypes: [EXCHANGE, BEARER, 'refresh_token'] } });
    await app.authorize('RBAC', ['orders:read', 'orders:write']);
  });
  after(async () => {
    partner?.stop();
    other?.stop();
    await server?.stop();
  });

  const at = (idp: TrustedIssuer) => `${IDPS}/${idp.id}/groups`;
  const put = async (groups: unknown, idp = partner) => {
    const { status, body } = await server.api<Group[]>('PUT', at(idp), groups);
    expect(status, JSON.stringify(body)).to.equal(200);
    return body;
  };
  const tokens = async (claims: JWTPayload, grant = EXCHANGE, of = app, idp = partner) => {
    const assertion = await idp.sign({ aud: idp.alias, ...claims });
    const given =
      grant === EXCHANGE
        ? { subject_token: assertion, subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' }
        : { assertion };
    return tokensOf(await of.token({ grant_type: grant, scope: 'orders:read orders:write', ...given }));
  };
  const roleFor = async (displayName: string, group: string, scopes: readonly string[] = ['orders:read']) => {
    const audience = { type: 'organization', value: superPlace.orgId };
    const made = await scim.post('/v2/Roles', { displayName, audience, groups: [{ value: group }] });
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
    await server.server.container.get(RoleServiceToken).setPermissions(superPlace.orgId, made.body.id, scopes);
    return made.body.id;
  };

  it('are kept, keep their ids, and are shown with the identity provider', async () => {
    const [eng, ops] = await put([{ name: 'eng' }, { name: 'ops' }]);
    expect(eng?.id).to.match(uuid);
    const renamed = await put([{ name: 'ops' }, { name: 'engineers', id: eng?.id }, { name: 'new', id: 'chosen' }]);
    expect(renamed.map(({ name }) => name)).to.deep.equal(['ops', 'engineers', 'new']);
    expect(renamed.map(({ id }) => id).slice(0, 2)).to.deep.equal([ops?.id, eng?.id]);
    expect(renamed[2]?.id, 'nobody chooses an id').to.match(uuid);
    expect((await server.api('GET', at(partner))).body).to.deep.equal(renamed);
    const whole = await server.api<{ groups: Group[] }>('GET', `${IDPS}/${partner.id}`);
    expect(whole.body.groups).to.deep.equal(renamed);
    const patch = [{ operation: 'REPLACE', path: '/description', value: 'Partners' }];
    const patched = await server.api<{ groups: Group[] }>('PATCH', `${IDPS}/${partner.id}`, patch);
    expect(patched.body.groups).to.deep.equal(renamed);
  });

  it('are refused when they cannot be', async () => {
    const many = Array.from({ length: 501 }, (_, n) => ({ name: `g${n}` }));
    const long = [{ name: 'x'.repeat(256) }];
    for (const bad of [
      {},
      [{}],
      ['eng'],
      [{ name: '' }],
      [{ name: 'a' }, { name: 'a' }],
      [{ name: 'a\u0000' }],
      many,
      long,
    ])
      expect((await server.api('PUT', at(partner), bad)).status, JSON.stringify(bad).slice(0, 60)).to.equal(400);
    expect((await server.api('PUT', `${IDPS}/nothing/groups`, [])).status).to.equal(404);
  });

  it('have roles: who is in them gets what the roles give, by either grant, and nobody else does', async () => {
    const [eng] = await put([{ name: 'eng' }, { name: 'ops' }]);
    const id = await roleFor('partners', eng?.id ?? '');
    expect((await scim.get(`/v2/Roles/${id}`)).body.groups).to.deep.equal([{ value: eng?.id, display: 'eng' }]);
    for (const grant of [EXCHANGE, BEARER]) {
      const given = async (claims: JWTPayload, idp = partner) => (await tokens(claims, grant, app, idp)).body.scope;
      expect(await given({ groups: ['ops', 'eng'] })).to.equal('orders:read');
      expect(await given({ groups: 'eng' })).to.equal('orders:read');
      expect(await given({ groups: ['ops'] })).to.equal(undefined);
      expect(await given({ groups: ['ENG', eng?.id, 'partners', { name: 'eng' }] })).to.equal(undefined);
      expect(await given({ roles: ['eng'] })).to.equal(undefined);
      expect(await given({})).to.equal(undefined);
      expect(await given({ groups: ['eng'] }, other), 'a group of the same name of another').to.equal(undefined);
    }
  });

  it('are told of by the claim that is mapped to that of groups', async () => {
    const [dept] = await put([{ name: 'dept-7' }]);
    await roleFor('by department', dept?.id ?? '', ['orders:write']);
    const mapping = { idpClaim: 'department', localClaim: { uri: 'http://wso2.org/claims/groups' } };
    const path = `${IDPS}/${partner.id}/claims`;
    expect((await server.api('PUT', path, { mappings: [mapping] })).status).to.equal(200);
    expect((await tokens({ department: 'dept-7' })).body.scope).to.equal('orders:write');
    expect((await tokens({ groups: ['dept-7'] })).body.scope).to.equal(undefined);
    expect((await server.api('PUT', path, { mappings: [] })).status).to.equal(200);
  });

  it('have roles of applications too, which count for those only', async () => {
    const [eng] = await put([{ name: 'eng' }]);
    const own = await createApp(server, {
      client: { grantTypes: [EXCHANGE] },
      application: { associatedRoles: { allowedAudience: 'APPLICATION' } },
    });
    await own.authorize('RBAC', ['orders:read', 'orders:write']);
    const audience = { type: 'application', value: own.application.id };
    const role = { displayName: 'clerk', audience, permissions: [{ value: 'orders:write' }] };
    expect((await scim.post('/v2/Roles', { ...role, groups: [{ value: eng?.id }] })).status).to.equal(201);
    expect((await tokens({ groups: ['eng'] }, EXCHANGE, own)).body.scope).to.equal('orders:write');
    expect((await tokens({ groups: ['eng'] })).body.scope).to.equal(undefined);
  });

  it('let nobody give what he does not have', async () => {
    const scopes = ['internal_role_mgt_create', 'internal_role_mgt_update'];
    await app.authorize('RBAC', [...scopes, 'internal_user_mgt_view'], 'roles');
    const [eng] = await put([{ name: 'eng' }]);
    await roleFor('role makers', eng?.id ?? '', scopes);
    const assertion = await partner.sign({ aud: partner.alias, groups: ['eng'] });
    const exchanged = await app.token({
      grant_type: EXCHANGE,
      scope: `${scopes.join(' ')} internal_user_mgt_view`,
      subject_token: assertion,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    });
    const { access, body } = tokensOf(exchanged);
    expect(body.scope).to.equal(scopes.join(' '));
    const outsider = scimAs(server, { authorization: `Bearer ${access}` });
    const make = (name: string, scope: string) =>
      outsider.post('/v2/Roles', { displayName: name, permissions: [{ value: scope }] });
    expect((await make('as told', 'internal_role_mgt_create')).status).to.equal(201);
    expectScimError(await make('more', 'internal_user_mgt_view'), 403);
    const [admin] = await scim.list('/v2/Roles?filter=displayName%20eq%20admin');
    const add = [{ op: 'add', path: 'groups', value: [{ value: eng?.id }] }];
    expectScimError(await outsider.patch(`/v2/Roles/${admin?.id}`, add), 403, undefined, /Only an administrator/);
  });

  it('lose what they give, and tokens with it, when role, group or identity provider go', async () => {
    const ends = async (end: (role: string) => Promise<{ readonly status: number }>) => {
      const [eng] = await put([{ name: 'eng' }]);
      const role = await roleFor(`short-lived ${Math.random()}`, eng?.id ?? '');
      const { access, refresh, body } = await tokens({ groups: ['eng'] });
      expect([body.scope, await app.isActive(access)]).to.deep.equal(['orders:read', true]);
      expect((await end(role)).status).to.be.within(200, 204);
      expect(await app.isActive(access)).to.equal(false);
      expect((await app.refresh(refresh)).body.scope).to.equal(undefined);
      return role;
    };
    await ends((role) => scim.delete(`/v2/Roles/${role}`));
    await ends((role) => scim.patch(`/v3/Roles/${role}/Groups`, [{ op: 'remove', path: 'groups' }]));
    const kept = await ends(() => server.api('PUT', at(partner), []));
    expect((await scim.get(`/v2/Roles/${kept}`)).body).not.to.have.property('groups');
    const enabled = (value: boolean) =>
      server.api('PATCH', `${IDPS}/${partner.id}`, [{ operation: 'REPLACE', path: '/isEnabled', value }]);
    await ends(() => enabled(false));
    expect((await enabled(true)).status).to.equal(200);
    await ends(() => server.api('DELETE', `${IDPS}/${partner.id}`));
  });

  it('are those of their organization', async () => {
    const tenant = await createTenant(server, 'idp-groups.example');
    const authorization = `Basic ${Buffer.from('owner:Owner-pass-1').toString('base64')}`;
    const theirs = scimAs(server, { authorization, prefix: tenant.prefix });
    const [eng] = (await server.api<Group[]>('GET', at(other))).body;
    const stolen = await theirs.post('/v2/Roles', { displayName: 'x', groups: [{ value: eng?.id }] });
    expectScimError(stolen, 400, 'invalidValue');
    const own = (await scim.post('/v2/Roles', { displayName: 'own', groups: [{ value: eng?.id }] })).body;
    expect(valuesOf(own.groups)).to.deep.equal([eng?.id]);
  });
});
