import { expect } from 'chai';
import { decodeJwt, SignJWT } from 'jose';
import { KeySetsToken } from '#core/crypto';
import { claimUri, type User, UserServiceToken } from '#core/users';
import {
  createApp,
  createUser,
  expectError,
  expectRedirectError,
  superPlace,
  type TestApp,
  tokensOf,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';
import { createAgent, openAgentStore } from './agent-store.js';

describe('an agent that acts for a user by a code', () => {
  let server: TestServer;
  let app: TestApp;
  let agent: User;
  let other: User;
  let alice: User;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    openAgentStore(server);
    [agent, other] = [await createAgent(server, 'clerk'), await createAgent(server, 'broker')];
    alice = await createUser(server, 'alice');
    app = await createApp(server, { client: { accessToken: { type: 'JWT' } } });
  });
  after(() => server?.stop());

  const proof = async (name: string) => (await app.tokens(`AGENT/${name}`)).access;
  const code = () => app.code('alice', { requested_actor: agent.id });
  const refusal = async (actor_token: string, text: string) =>
    expectError(await app.redeem(await code(), { actor_token }), 400, 'invalid_grant', text);
  const signed = (claims: Record<string, unknown>, typ = 'at+jwt') =>
    server.server.container.get(KeySetsToken).sign(superPlace.orgId, { alg: 'RS256', typ }, claims);
  const now = () => Math.floor(Date.now() / 1000);

  it('agents have tokens that say so, without anybody who acts for them', async () => {
    const { access, id } = await app.tokens('AGENT/clerk');
    expect(decodeJwt(access)).to.include({ aut: 'AGENT', sub: agent.id }).and.not.have.property('act');
    expect(decodeJwt(id)).to.include({ aut: 'AGENT', sub: agent.id });
    expect((await app.introspect(access)).body).to.include({ aut: 'AGENT' });
  });

  it('shows its own token, and gets tokens of the user with act', async () => {
    const answer = tokensOf(await app.redeem(await code(), { actor_token: await proof('clerk') }));
    const expected = { sub: alice.id, aut: 'APPLICATION_USER', act: { sub: agent.id } };
    expect(decodeJwt(answer.access)).to.deep.include(expected);
    expect(decodeJwt(answer.id)).to.deep.include({ sub: alice.id, act: { sub: agent.id } });
    expect(decodeJwt(tokensOf(await app.refresh(answer.refresh)).access)).to.deep.include(expected);
  });

  it('[G17] gets nothing without its token, or with that of another agent', async () => {
    expectError(await app.redeem(await code()), 400, 'invalid_grant', 'Actor token is not provided in the request.');
    const other = 'Actor token subject does not match the requested actor.';
    await refusal(await proof('broker'), other);
    await refusal((await app.tokens('alice')).access, other);
  });

  it('gets nothing for a token that is not good, with the texts of the contract', async () => {
    await refusal('opaque', 'Error while parsing the actor token JWT.');
    await refusal((await app.tokens('AGENT/clerk')).refresh, 'Error while parsing the actor token JWT.');
    await refusal(await signed({ iss: 'x' }), 'Claim values are empty in the given actor token.');
    const iss = `${server.origin}/oauth2/token`;
    const good = { iss, sub: agent.id, exp: now() + 60 };
    const invalid = 'Signature or message authentication invalid for actor token.';
    await refusal(
      await new SignJWT(good).setProtectedHeader({ alg: 'HS256', kid: 'x' }).sign(Buffer.alloc(32)),
      invalid,
    );
    await refusal((await app.tokens('AGENT/clerk')).id, invalid);
    await refusal(await signed({ ...good, exp: now() - 1 }), 'Actor token has expired.');
    await refusal(await signed({ ...good, nbf: now() + 60 }), 'Actor token has expired.');
    await refusal(
      await signed({ ...good, iss: 'https://other' }),
      `Invalid issuer in the actor token. Expected: ${iss}, Received: https://other`,
    );
    await refusal(await signed(good), 'Actor token has expired.');
    const delegated = await app.code('AGENT/clerk', { requested_actor: other.id });
    const acted = tokensOf(await app.redeem(delegated, { actor_token: await proof('broker') })).access;
    await refusal(acted, 'Actor token subject does not match the requested actor.');
  });

  it('is refused at the beginning when nobody knows it, it is a user, or it is locked', async () => {
    const refused = async (requested_actor: string) =>
      expectRedirectError(
        await new Visitor(server).get(app.authorizePath({ requested_actor })),
        'invalid_request',
        'Invalid requested_actor.',
      );
    await refused('nobody');
    await refused(alice.id);
    const users = server.server.container.get(UserServiceToken);
    const locked = (value: string) =>
      users.writeClaims(other.orgId, other.id, { [claimUri('identity/accountLocked')]: [value] });
    const begun = await app.code('alice', { requested_actor: other.id });
    const actor_token = await proof('broker');
    await locked('true');
    await refused(other.id);
    expectError(await app.redeem(begun, { actor_token }), 400, 'invalid_grant', 'Requested actor is not active.');
    await locked('false');
    expectError(await app.redeem(begun, { actor_token }), 400, 'invalid_grant', 'Actor token has expired.');
    tokensOf(await app.redeem(begun, { actor_token: await proof('broker') }));
  });

  it('acts with a code only, and its token alone changes nothing', async () => {
    const front = await createApp(server, { client: { grantTypes: ['implicit'] } });
    const path = front.authorizePath({ response_type: 'token', requested_actor: agent.id });
    const { location } = await new Visitor(server).get(path);
    expect(location?.hash).to.contain('error=invalid_request');
    const { access } = tokensOf(await app.redeem(await app.code('alice'), { actor_token: 'anything' }));
    expect(decodeJwt(access)).not.to.have.property('act');
  });

  it('is named to the user, who is asked every time', async () => {
    const asking = await createApp(server, { asksConsent: true, client: { accessToken: { type: 'JWT' } } });
    const visitor = new Visitor(server);
    const consent = { consent: 'approveAlways' };
    await asking.visit(visitor, {}, { username: 'alice', consent });
    const settled = await visitor.get(asking.authorizePath());
    expect(settled.location?.searchParams.has('code')).to.equal(true);
    const hop = await visitor.get(asking.authorizePath({ requested_actor: agent.id }));
    expect(hop.location?.searchParams.get('requestedActorName')).to.equal('clerk');
    expect((await visitor.follow(hop)).text).to.contain('clerk');
    const silent = await visitor.get(asking.authorizePath({ requested_actor: agent.id, prompt: 'none' }));
    expectRedirectError(silent, 'consent_required');
  });

  it('is not looked for where agents live elsewhere', async () => {
    const path = '/api/server/v1/configs/agent';
    expect((await server.api('GET', path)).body).to.deep.equal({ agentsExternallyManaged: false });
    const change = [{ operation: 'REPLACE', path: '/agentsExternallyManaged', value: true }];
    expect((await server.api('PATCH', path, change)).body).to.deep.equal({ agentsExternallyManaged: true });
    try {
      const actor_token = (await app.tokens('alice')).access;
      const begun = await app.code('alice', { requested_actor: alice.id });
      const { access } = tokensOf(await app.redeem(begun, { actor_token }));
      expect(decodeJwt(access)['act']).to.deep.equal({ sub: alice.id });
      const unknown = await app.code('alice', { requested_actor: 'far-away' });
      expectError(await app.redeem(unknown, { actor_token }), 400, 'invalid_grant');
    } finally {
      expect((await server.api('DELETE', path)).status).to.equal(204);
    }
  });
});
