import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { RoleServiceToken } from '#core/access';
import { AuditLogToken } from '#core/audit';
import { SessionServiceToken } from '#core/sessions';
import { claimUri, type User, UserServiceToken } from '#core/users';
import { eventually } from '../../../support/eventually.js';
import { type MailServer, startMailServer } from '../../../support/mail-server.js';
import {
  createApp,
  createUser,
  expectError,
  superPlace,
  type TestApp,
  tokensOf,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';
import { peersAllowed } from '../../notifications/notification-calls.js';
import { ask, EXCHANGE, exchange, impersonatingApp, tokenType } from './impersonation-calls.js';

describe('impersonation', () => {
  let server: TestServer;
  let mail: MailServer;
  let app: TestApp;
  let helper: User;
  let other: User;
  let target: User;

  before(async function () {
    this.timeout(60_000);
    mail = await startMailServer({ authentication: 'NONE' });
    const sender = `[output_adapter.email]
from_address = "no-reply@shop.example"
hostname = "localhost"
port = ${mail.port}
enable_authentication = false`;
    server = await startTestServer({ toml: `${peersAllowed(mail.authorityFile)}\n${sender}` });
    helper = await createUser(server, 'helper');
    other = await createUser(server, 'other');
    target = await createUser(server, 'target', { emailaddress: ['target@shop.example'] });
    app = await impersonatingApp(server, [helper, other]);
  });
  after(async () => {
    await server?.stop();
    await mail?.stop();
  });

  const users = () => server.server.container.get(UserServiceToken);
  const setLock = (user: User, locked: boolean) =>
    users().writeClaims(user.orgId, user.id, { [claimUri('identity/accountLocked')]: [String(locked)] });
  const audited = async (action: string) =>
    (await server.server.container.get(AuditLogToken).list(superPlace.orgId, 50)).filter(
      (one) => one['action'] === action,
    );

  it('gives a subject token that says who may act for whom', async () => {
    const { subject, id } = await ask(app, 'helper', target.id);
    expect(decodeProtectedHeader(subject).typ).to.equal('jwt');
    const claims = decodeJwt(subject);
    expect(claims).to.deep.include({
      sub: target.id,
      aud: app.id,
      azp: app.id,
      client_id: app.id,
      may_act: { sub: helper.id },
      scope: 'internal_user_impersonate openid',
      exp: (claims.iat ?? 0) + 180,
    });
    expect(claims).to.include.keys('nbf', 'jti', 'iss');
    expect(decodeJwt(id).sub).to.equal(helper.id);
  });

  it('[G7] exchanges it with the ID token of the impersonator, and with that of nobody else', async () => {
    const { subject, id } = await ask(app, 'helper', target.id);
    const stranger = await ask(app, 'other', target.id);
    const different = 'Subject of actor token and subject are different.';
    expectError(await exchange(app, subject, stranger.id), 400, 'invalid_request', different);
    const { access, body } = tokensOf(await exchange(app, subject, id));
    expect(body).to.include({ issued_token_type: tokenType('access_token'), scope: 'openid' });
    expect(decodeJwt(access)).to.deep.include({ sub: target.id, act: { sub: helper.id } });
    expect((await app.introspect(access)).body).to.deep.include({ username: 'target', act: { sub: helper.id } });
  });

  it('[G31] keeps subject and actor through every refresh, until the impersonator is locked', async () => {
    const { subject, id } = await ask(app, 'helper', target.id);
    let pair = tokensOf(await exchange(app, subject, id));
    for (let count = 0; count < 2; count++) {
      pair = tokensOf(await app.refresh(pair.refresh));
      expect(decodeJwt(pair.access)).to.deep.include({ sub: target.id, act: { sub: helper.id } });
      expect(decodeJwt(pair.id)).to.deep.include({ sub: target.id, act: { sub: helper.id } });
    }
    await setLock(helper, true);
    expectError(await app.refresh(pair.refresh), 400, 'invalid_grant');
    await setLock(helper, false);
  });

  it('[G15] refuses a request that names nobody, and targets that cannot sign in', async () => {
    const missing = 'response_type is subject_token. but requested_subject parameter not found.';
    expect(await ask(app, 'helper', '')).to.include({ error: 'invalid_request', description: missing });
    const shut = await createUser(server, 'shut');
    await setLock(shut, true);
    const description = `Cannot impersonate an inactive user account: ${shut.id}.`;
    expect(await ask(app, 'helper', shut.id)).to.include({ subject: '', error: 'access_denied', description });
    for (const nobody of ['0-0', helper.id]) expect((await ask(app, 'helper', nobody)).error).to.equal('access_denied');
  });

  it('is for those only who have the permission in a role of the application', async () => {
    await createUser(server, 'curious');
    const { error, description } = await ask(app, 'curious', 'whoever');
    expect(error).to.equal('access_denied');
    expect(description).to.match(/doesn't have impersonation permission for client/);
    const plain = await createApp(server, {
      client: {
        grantTypes: [EXCHANGE, 'authorization_code'],
        accessToken: { type: 'JWT' },
        subjectToken: { enable: true },
      },
    });
    expect((await ask(plain, 'admin', target.id)).error).to.equal('access_denied');
    const without = await impersonatingApp(server, [helper], { client: { subjectToken: { enable: false } } });
    expect((await ask(without, 'helper', target.id)).error).to.equal('unauthorized_client');
    expect((await ask(app, 'helper', target.id, { scope: 'openid' })).error).to.equal('invalid_scope');
  });

  it('does not make an administrator of somebody who is none', async () => {
    const admin = await users().findByUsername(superPlace.orgId, 'admin');
    const { error, subject } = await ask(app, 'helper', admin?.id ?? '');
    expect({ error, subject }).to.deep.equal({ error: 'access_denied', subject: '' });
    const chief = await createUser(server, 'chief');
    await server.server.container.get(RoleServiceToken).promote(chief);
    const byChief = await impersonatingApp(server, [chief]);
    expect((await ask(byChief, 'chief', admin?.id ?? '')).subject).not.to.equal('');
  });

  it('gives the scopes of the target, not those of the impersonator, and never the permission itself', async () => {
    const roles = server.server.container.get(RoleServiceToken);
    const [strong, weak] = [
      await roles.ensureRole(superPlace.orgId, 'strong', ['doc:write']),
      await roles.ensureRole(superPlace.orgId, 'weak', ['doc:read']),
    ];
    await roles.assign(superPlace.orgId, strong.id, helper.id, 'user');
    await roles.assign(superPlace.orgId, weak.id, target.id, 'user');
    await app.authorize('RBAC', ['doc:read', 'doc:write']);
    const scope = 'openid internal_user_impersonate doc:read doc:write';
    const { subject, id } = await ask(app, 'helper', target.id, { scope });
    expect(decodeJwt(subject)['scope']).to.equal('internal_user_impersonate openid doc:read');
    expect(tokensOf(await exchange(app, subject, id)).body.scope).to.equal('openid doc:read');
    const more = { scope: 'doc:read doc:write email internal_user_impersonate' };
    expect(tokensOf(await exchange(app, subject, id, more)).body.scope).to.equal('doc:read');
  });

  it('takes a subject token from nobody else, without an actor, after its time or after the session', async () => {
    const { subject, id } = await ask(app, 'helper', target.id);
    const bare = { grant_type: EXCHANGE, subject_token: subject, subject_token_type: tokenType('jwt') };
    expectError(await app.token(bare), 400, 'invalid_request', 'Actor token is not provided in the request.');
    expectError(await exchange(app, subject, subject), 400, 'invalid_target');
    const access = tokensOf(await exchange(app, subject, id)).access;
    expectError(await exchange(app, subject, access), 400, 'invalid_target');
    expectError(await exchange(app, subject, id, { actor_token_type: tokenType('jwt') }), 400, 'invalid_request');
    const as = { subject_token_type: tokenType('access_token') };
    expectError(await exchange(app, subject, id, as), 400, 'invalid_request', 'The subject token is no access token.');
    expectError(await exchange(await impersonatingApp(server, [helper]), subject, id), 400, 'invalid_target');
    expect(await app.isActive(subject)).to.equal(false);
    await setLock(target, true);
    expectError(await exchange(app, subject, id), 400, 'access_denied');
    await setLock(target, false);
    tokensOf(await exchange(app, subject, id));
    await server.server.container.get(SessionServiceToken).terminateAllOf(superPlace.orgId, helper.id);
    const ended = 'The session in which the subject token was issued has ended.';
    expectError(await exchange(app, subject, id), 400, 'invalid_request', ended);
  });

  it('lets no ID token of the target come out that could pass for its own', async () => {
    const deputy = await impersonatingApp(server, [helper, target]);
    const { subject, id } = await ask(deputy, 'helper', target.id);
    const impersonated = tokensOf(await exchange(deputy, subject, id)).id;
    const mine = await ask(deputy, 'target', other.id);
    expectError(await exchange(deputy, mine.subject, impersonated), 400, 'invalid_request');
  });

  it('gives no refresh token when the operator does not want it', async () => {
    const strict = await startTestServer({ toml: '[oauth.impersonated_refresh_token]\nenable = false' });
    try {
      const [one, two] = [await createUser(strict, 'one'), await createUser(strict, 'two')];
      const at = await impersonatingApp(strict, [one]);
      const visitor = new Visitor(strict);
      const { subject, id } = await ask(at, 'one', two.id, {}, visitor);
      const first = tokensOf(await exchange(at, subject, id));
      expect(first.refresh).to.equal('');
      const again = { grant_type: EXCHANGE, subject_token: first.access, subject_token_type: tokenType('jwt') };
      expect(tokensOf(await at.token(again)).refresh).to.equal('');
      expect((await at.tokens('one', {}, visitor)).refresh).to.equal('');
    } finally {
      await strict.stop();
    }
  });

  describe('in a session', () => {
    let visitor: Visitor;
    beforeEach(async () => {
      visitor = new Visitor(server);
      const { subject, id } = await ask(app, 'helper', target.id, {}, visitor);
      tokensOf(await exchange(app, subject, id));
    });

    it('other applications that are for it get tokens of the target', async () => {
      const second = await impersonatingApp(server, [helper]);
      const { access, id, refresh } = await second.tokens('helper', {}, visitor);
      expect(decodeJwt(access)).to.deep.include({ sub: target.id, act: { sub: helper.id } });
      expect(decodeJwt(id)).to.deep.include({ sub: target.id, act: { sub: helper.id } });
      expect(decodeJwt(tokensOf(await second.refresh(refresh)).access)['act']).to.deep.equal({ sub: helper.id });
    });

    it('[G16] applications that are not for it get tokens of the impersonator', async () => {
      const plain = await createApp(server, { client: { accessToken: { type: 'JWT' } } });
      const { access } = await plain.tokens('helper', {}, visitor);
      expect(decodeJwt(access)).to.include({ sub: helper.id }).and.not.have.property('act');
    });

    it('one user can be impersonated, not two', async () => {
      const { error, description } = await ask(app, 'helper', other.id, {}, visitor);
      expect(error).to.equal('access_denied');
      expect(description).to.equal('Cannot perform impersonation on more than one user in the same session.');
      expect((await ask(app, 'helper', target.id, {}, visitor)).subject).not.to.equal('');
    });

    it('the answer to a question for consent is not kept for the target', async () => {
      const asking = await impersonatingApp(server, [helper], { asksConsent: true, claims: ['emailaddress'] });
      const answer = { username: 'helper', consent: { consent: 'approveAlways', consent_0: 'on' } };
      const scope = { scope: 'openid email' };
      for (const seen of [visitor, visitor]) {
        const page = await seen.get(asking.authorizePath(scope));
        expect(page.location?.pathname).to.match(/oauth2_consent\.do$/);
        const { location } = await asking.visit(seen, scope, answer);
        const { access } = tokensOf(await asking.redeem(location?.searchParams.get('code') ?? ''));
        expect(decodeJwt(access).sub).to.equal(target.id);
      }
    });
  });

  it('notes who changed something in the name of another', async () => {
    const roles = server.server.container.get(RoleServiceToken);
    const role = await roles.ensureRole(superPlace.orgId, 'configurers', [
      'internal_config_view',
      'internal_config_update',
    ]);
    await roles.assign(superPlace.orgId, role.id, target.id, 'user');
    await app.authorize('RBAC', ['internal_config_view', 'internal_config_update'], 'api-configs');
    const scope = 'openid internal_user_impersonate internal_config_view internal_config_update';
    const { subject, id } = await ask(app, 'helper', target.id, { scope });
    const { access } = tokensOf(await exchange(app, subject, id));
    const path = '/api/server/v1/configs/impersonation';
    const call = (method: string, body?: string) =>
      server.fetch(path, {
        method,
        headers: { authorization: `Bearer ${access}`, 'content-type': 'application/json' },
        ...(body ? { body } : {}),
      });
    expect((await call('GET')).status).to.equal(200);
    expect((await call('PATCH', '[{"operation":"NONE"}]')).status).to.equal(400);
    expect(await audited('resource-modification-via-impersonation')).to.have.length(0);
    expect((await call('DELETE')).status).to.equal(204);
    const [record, ...others] = await audited('resource-modification-via-impersonation');
    expect(others).to.have.length(0);
    expect(record).to.deep.include({ initiatorId: helper.id, targetId: target.id });
    expect(record?.['data']).to.deep.equal({ method: 'DELETE', path, clientId: app.id });
    expect(await audited('impersonate-user')).not.to.have.length(0);
  });

  it('tells the target by e-mail, unless the organization does not want that', async () => {
    const path = '/api/server/v1/configs/impersonation';
    const wanting = async (value: boolean) =>
      server.api('PATCH', path, [{ operation: 'REPLACE', path: '/enableEmailNotification', value }]);
    expect((await server.api('GET', path)).body).to.deep.equal({ enableEmailNotification: true });
    expect((await wanting(false)).body).to.deep.equal({ enableEmailNotification: false });
    const act = async () => {
      const { subject, id } = await ask(app, 'helper', target.id);
      tokensOf(await exchange(app, subject, id));
    };
    await eventually('earlier mails are there', () => mail.received.length > 0);
    const before = mail.received.length;
    await act();
    expect((await server.api('DELETE', path)).status).to.equal(204);
    await act();
    const arrived = await eventually('the mail arrives', () => mail.received[before]);
    expect(arrived.recipients).to.deep.equal(['target@shop.example']);
    expect(arrived.mail.html).to.contain('helper').and.contain(app.application.name);
  });
});
