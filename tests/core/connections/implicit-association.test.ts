import { expect } from 'chai';
import {
  ConnectionsToken,
  FederatedAssociationsToken,
  type ImplicitAssociationOutcome,
  ImplicitAssociationToken,
} from '#core/connections';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { claimUri, UserServiceToken } from '#core/users';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type Json, providersAs, tenantAdministrator } from './provider-api.js';

const orgId: string = SUPER_ORGANIZATION.id;
const off = { outcome: 'unlinked', reason: 'off' } as const;
const noMatch = { outcome: 'unlinked', reason: 'no_match' } as const;
const ambiguous = { outcome: 'unlinked', reason: 'ambiguous' } as const;

describe('users are found for accounts at identity providers', () => {
  let server: TestServer;
  let count = 0;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
  });
  after(() => server.stop());

  const users = () => server.server.container.get(UserServiceToken);
  const user = async (username: string, claims: { email?: string; mobile?: string } = {}, at = orgId) => {
    const values = Object.entries({ emailaddress: claims.email, mobile: claims.mobile }).flatMap(([name, value]) =>
      value === undefined ? [] : [[claimUri(name), [value]] as const],
    );
    return users().create(at, { username, claims: Object.fromEntries(values) });
  };
  /** Makes an identity provider that looks by these attributes; returns how accounts of it fare. */
  const looking = async (lookupAttribute: string[], more: Json = {}) => {
    const implicitAssociation = { isEnabled: lookupAttribute.length > 0, lookupAttribute };
    const id = await providersAs(server).make(`Looking ${++count}`, { implicitAssociation, ...more });
    const resolve = async (claims: Json, subject = `account-${++count}`): Promise<ImplicitAssociationOutcome> => {
      const idp = await server.server.container.get(ConnectionsToken).find(orgId, id);
      if (!idp) throw new Error('it is not there');
      return server.server.container.get(ImplicitAssociationToken).resolve(idp, { subject, claims });
    };
    return { id, resolve };
  };
  const name = (outcome: ImplicitAssociationOutcome) =>
    outcome.outcome === 'linked' ? outcome.user.username : outcome.reason;

  it('by an attribute, and linked from then on', async () => {
    const { id, resolve } = await looking(['email']);
    const made = await user('by-email', { email: 'By.Email@example.com' });
    const outcome = await resolve({ email: 'by.email@EXAMPLE.com' }, 'subject-1');
    expect(outcome).to.deep.equal({ outcome: 'linked', user: made });
    const associations = server.server.container.get(FederatedAssociationsToken);
    expect((await associations.find(orgId, id, 'subject-1'))?.userId).to.equal(made.id);
    expect(await resolve({ email: 'by.email@example.com' }, 'subject-1')).to.deep.equal(outcome);
    expect(await associations.listOf(made)).to.have.length(1);
  });

  it('not at all while it is off, or nothing fits', async () => {
    await user('nobody-finds-me', { email: 'nobody@example.com' });
    const none = await looking([]);
    expect(await none.resolve({ email: 'nobody@example.com' })).to.deep.equal(off);
    const { resolve } = await looking(['email']);
    for (const claims of [{}, { email: '' }, { email: null }, { email: { value: 'nobody@example.com' } }])
      expect(await resolve(claims as Json)).to.deep.equal(noMatch);
    for (const email of ['other@example.com', '%', 'nobody@example.co', ' nobody@example.com', 'nobody@example.com\0'])
      expect(await resolve({ email }), email).to.deep.equal(noMatch);
    expect(await resolve({ username: 'nobody-finds-me', sub: 'nobody-finds-me' })).to.deep.equal(noMatch);
  });

  it('by the first attribute that finds somebody, in the order that was set', async () => {
    await user('first', { email: 'order@example.com' });
    await user('second', { mobile: '+41790000001' });
    const claims = { email: 'order@example.com', phone_number: '+41790000001' };
    const emailFirst = await looking(['email', 'mobile']);
    const mobileFirst = await looking(['mobile', 'email']);
    expect(name(await emailFirst.resolve(claims))).to.equal('first');
    expect(name(await emailFirst.resolve({ ...claims, email: 'unknown@example.com' }))).to.equal('second');
    expect(name(await emailFirst.resolve({ phone_number: '+41790000001' }))).to.equal('second');
    const byMobile = { http: 1, ...claims };
    expect(name(await mobileFirst.resolve(byMobile))).to.equal('second');
  });

  it('by user name', async () => {
    const made = await user('by-name');
    const { resolve } = await looking(['username']);
    expect(await resolve({ username: 'BY-NAME' })).to.deep.equal({ outcome: 'linked', user: made });
  });

  it('not when several fit, and then by no other attribute either', async () => {
    await user('twin-one', { email: 'twin@example.com' });
    await user('twin-two', { email: 'TWIN@example.com', mobile: '+41790000002' });
    const { id, resolve } = await looking(['email', 'mobile']);
    const claims = { email: 'twin@example.com', phone_number: '+41790000002' };
    expect(await resolve(claims, 'twin')).to.deep.equal(ambiguous);
    const associations = server.server.container.get(FederatedAssociationsToken);
    expect(await associations.find(orgId, id, 'twin')).to.equal(undefined);
  });

  it('not by several values, nor by one that is said not to be verified', async () => {
    await user('careful', { email: 'careful@example.com', mobile: '+41790000003' });
    const { resolve } = await looking(['email', 'mobile']);
    const email = 'careful@example.com';
    expect(await resolve({ email: [email, 'victim@example.com'] })).to.deep.equal(noMatch);
    for (const email_verified of [false, 'false'])
      expect(await resolve({ email, email_verified })).to.deep.equal(noMatch);
    const phone_number = '+41790000003';
    expect(await resolve({ phone_number, phone_number_verified: false })).to.deep.equal(noMatch);
    expect(name(await resolve({ email, email_verified: true }))).to.equal('careful');
  });

  it('by claims as the identity provider calls them', async () => {
    await user('mapped', { email: 'mapped@example.com' });
    const claims = { mappings: [{ idpClaim: 'mail', localClaim: { uri: claimUri('emailaddress') } }] };
    const { resolve } = await looking(['email'], { claims });
    expect(name(await resolve({ mail: 'mapped@example.com' }))).to.equal('mapped');
    expect(await resolve({ email: 'mapped@example.com' }), 'not mapped').to.deep.equal(noMatch);
  });

  it('but a link that is there already counts more', async () => {
    const before = await user('linked-before', { email: 'before@example.com' });
    const after = await user('fits-now', { email: 'now@example.com' });
    const { id, resolve } = await looking(['email']);
    expect(name(await resolve({ email: 'before@example.com' }, 'moving'))).to.equal('linked-before');
    expect(await resolve({ email: 'now@example.com' }, 'moving')).to.deep.equal({ outcome: 'linked', user: before });
    const associations = server.server.container.get(FederatedAssociationsToken);
    expect((await associations.find(orgId, id, 'moving'))?.userId)
      .to.equal(before.id)
      .and.not.to.equal(after.id);
  });

  it('not for an account whose name cannot be kept', async () => {
    await user('nameless', { email: 'nameless@example.com' });
    const { resolve } = await looking(['email']);
    for (const subject of ['', 'a\0b', 'x'.repeat(1025)])
      expect(await resolve({ email: 'nameless@example.com' }, subject)).to.deep.equal(noMatch);
  });

  it('only in the organization of the identity provider', async () => {
    const acme = await tenantAdministrator(server, 'acme.example');
    await user('elsewhere', { email: 'elsewhere@example.com' }, acme.orgId);
    const { resolve } = await looking(['email', 'username']);
    expect(await resolve({ email: 'elsewhere@example.com', username: 'elsewhere' })).to.deep.equal(noMatch);
  });

  it('once, when the same account comes several times at once', async () => {
    const made = await user('at-once', { email: 'at-once@example.com' });
    const { resolve } = await looking(['email']);
    const all = await Promise.all(Array.from({ length: 4 }, () => resolve({ email: 'at-once@example.com' }, 'same')));
    for (const outcome of all) expect(outcome).to.deep.equal({ outcome: 'linked', user: made });
    expect(await server.server.container.get(FederatedAssociationsToken).listOf(made)).to.have.length(1);
  });
});
