import { expect } from 'chai';
import { heldClock } from '../support/held-clock.js';
import {
  createApp,
  createTenant,
  createUser,
  expectError,
  expectErrorPage,
  type TestApp,
  USER_PASSWORD,
} from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { type Hop, Visitor } from '../support/visitor.js';
import {
  askedElsewhere,
  CIBA,
  DEVICE_CODE,
  deviceCodes,
  enterUserCode,
  expectEnd,
  openLink,
  pollCiba,
  pollDevice,
} from '../support/waiting-clients.js';

const client = {
  grantTypes: [DEVICE_CODE, CIBA, 'authorization_code', 'refresh_token'],
  cibaAuthenticationRequest: { notificationChannels: ['external'] },
};
const isInvalid = ({ location }: Hop) => location?.searchParams.get('error') === 'invalid.code';

describe('attacks on clients that wait elsewhere', () => {
  let server: TestServer;
  let app: TestApp;
  let other: TestApp;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    await createUser(server, 'mallory');
    app = await createApp(server, { client });
    other = await createApp(server, { client });
  });
  after(() => server?.stop());

  it('another client cannot poll, neither before nor after the approval', async () => {
    const device = await deviceCodes(app);
    const asked = await askedElsewhere(app);
    for (let round = 0; round < 2; round++) {
      expectError(await pollDevice(other, device.device_code), 400, 'invalid_request');
      expectError(await pollCiba(other, asked.auth_req_id), 400, 'invalid_grant');
      if (round > 0) continue;
      await enterUserCode(app, device.user_code, { username: 'alice' });
      await openLink(app, asked, { username: 'alice' });
    }
    expect((await pollDevice(app, device.device_code)).status).to.equal(200);
    expect((await pollCiba(app, asked.auth_req_id)).status).to.equal(200);
  });

  it('of polls that come at once after the approval one gets tokens', async () => {
    const device = await deviceCodes(app);
    const asked = await askedElsewhere(app);
    await enterUserCode(app, device.user_code, { username: 'alice' });
    await openLink(app, asked, { username: 'alice' });
    const polls = [() => pollDevice(app, device.device_code), () => pollCiba(app, asked.auth_req_id)];
    for (const poll of polls) {
      const answers = await Promise.all(Array.from({ length: 6 }, poll));
      expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
      for (const { status } of answers) expect(status).to.be.oneOf([200, 400]);
    }
  });

  it('of two browsers that type one code at once, one goes on', async () => {
    const { user_code } = await deviceCodes(app);
    const hops = await Promise.all(
      Array.from({ length: 4 }, () => new Visitor(server).post('/oauth2/device', { user_code })),
    );
    expect(hops.filter((hop) => !isInvalid(hop))).to.have.length(1);
  });

  it('a device code is no authorization code, and an auth_req_id is no device code', async () => {
    const device = await deviceCodes(app);
    const asked = await askedElsewhere(app);
    await enterUserCode(app, device.user_code, { username: 'alice' });
    await openLink(app, asked, { username: 'alice' });
    for (const code of [device.device_code, `device:${device.device_code}`, asked.auth_req_id])
      expectError(await app.redeem(code), 400, 'invalid_grant');
    expectError(await pollDevice(app, asked.auth_req_id), 400, 'invalid_request');
    expectError(await pollCiba(app, device.device_code), 400, 'invalid_grant');
  });

  it('codes and links of one organization mean nothing in another', async () => {
    const tenant = await createTenant(server, 'waiting.example');
    const { user_code } = await deviceCodes(app);
    const asked = await askedElsewhere(app);
    const visitor = new Visitor(server);
    expect(isInvalid(await visitor.post(`${tenant.prefix}/oauth2/device`, { user_code }))).to.equal(true);
    const key = new URL(asked.auth_url ?? '').search;
    expectEnd(await visitor.get(`${tenant.prefix}/oauth2/ciba_authorize${key}`), 'ciba.key.invalid');
    expect(isInvalid(await visitor.post('/oauth2/device', { user_code }))).to.equal(false);
  });

  it('a request is answered once: the second answer, also by another user, changes nothing', async () => {
    const { device_code, user_code } = await deviceCodes(app, 'openid');
    const visitor = new Visitor(server);
    const begun = await visitor.post('/oauth2/device', { user_code });
    const sessionDataKey = begun.location?.searchParams.get('sessionDataKey') ?? '';
    const twin = visitor.twin();
    const as = async (who: Visitor, username: string) =>
      who.follow(await who.post('/commonauth', { sessionDataKey, username, password: USER_PASSWORD }));
    expectEnd(await as(visitor, 'alice'));
    expectEnd(await as(twin, 'mallory'), 'invalid_request');
    const { body } = await pollDevice(app, device_code);
    const said = await app.introspect(body.access_token ?? '');
    expect(said.body['username']).to.equal('alice');
  });

  it('of two users who answer at once, one counts', async () => {
    for (let round = 0; round < 3; round++) {
      const { device_code, user_code } = await deviceCodes(app, 'openid');
      const visitor = new Visitor(server);
      const begun = await visitor.post('/oauth2/device', { user_code });
      const sessionDataKey = begun.location?.searchParams.get('sessionDataKey') ?? '';
      const people = ['alice', 'mallory'].map((username) => ({ username, who: visitor.twin() }));
      const signedIn = await Promise.all(
        people.map(({ username, who }) =>
          who.post('/commonauth', { sessionDataKey, username, password: USER_PASSWORD }),
        ),
      );
      const ends = await Promise.all(people.map(({ who }, index) => who.follow(signedIn[index] as Hop)));
      const approved = ends.flatMap(({ location }, index) => (location?.searchParams.has('error') ? [] : [index]));
      expect(approved).to.have.length(1);
      const { body } = await pollDevice(app, device_code);
      const said = await app.introspect(body.access_token ?? '');
      expect(said.body['username']).to.equal(people[approved[0] ?? 0]?.username);
    }
  });

  it('browsers cannot ask for these response types by an address of their own', async () => {
    for (const response_type of ['device', 'cibaAuthCode']) {
      const hop = await new Visitor(server).get(app.authorizePath({ response_type }));
      expectErrorPage(hop, 'unsupported_response_type');
    }
  });

  it('another site that sends a browser with a session here approves nothing', async () => {
    const visitor = new Visitor(server);
    await app.visit(visitor, {}, { username: 'alice' });
    const device = await deviceCodes(app);
    const asked = await askedElsewhere(app);
    const elsewhere = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const opened = await visitor.get(asked.auth_url ?? '', elsewhere);
    expect(opened.location?.pathname).to.match(/oauth2_consent\.do$/);
    // A link of this server may be followed from anywhere, but asks.
    expect((await visitor.post('/oauth2/device', { user_code: device.user_code })).location?.pathname).to.match(
      /oauth2_consent\.do$/,
    );
    expectError(await pollDevice(app, device.device_code), 400, 'authorization_pending');
    expectError(await pollCiba(app, asked.auth_req_id), 400, 'authorization_pending');
  });

  it('another site that types a code for somebody only gets that code shown', async () => {
    const { user_code } = await deviceCodes(app);
    const headers = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ] as Record<string, string>[];
    for (const elsewhere of headers) {
      const visitor = new Visitor(server);
      const { location } = await visitor.post('/oauth2/device', { user_code }, elsewhere);
      expect(location?.pathname, JSON.stringify(elsewhere)).to.match(/\/authenticationendpoint\/device\.do$/);
      expect(location?.searchParams.get('user_code')).to.equal(user_code);
      expect(visitor.cookieNames).to.deep.equal([]);
    }
    const own = { origin: server.origin, 'sec-fetch-site': 'same-origin' };
    const typed = await new Visitor(server).post('/oauth2/device', { user_code }, own);
    expect(typed.location?.pathname).to.match(/\/login\.do$/);
  });

  it('nobody puts words into the mouth of the last page', async () => {
    const visitor = new Visitor(server);
    const { user_code } = await deviceCodes(app);
    const end = await enterUserCode(app, user_code, { username: 'alice' }, visitor);
    expect((await visitor.follow(end)).text).to.include(app.application.name);
    const forged = new URL(end.location?.href ?? '');
    forged.searchParams.set('app_name', 'Call 555-1234 now');
    expect((await visitor.get(forged.href)).text).not.to.include('555-1234');
    const bare = await visitor.get('/authenticationendpoint/device_success.do?app_name=555-1234');
    expect(bare.text).not.to.include('555-1234');
  });

  it('hostile codes and keys are refused, and the pages show nothing of them', async () => {
    const visitor = new Visitor(server);
    for (const value of [
      '"><script>alert(1)</script>',
      '\0',
      '__proto__',
      '../../..',
      "' OR 1=1 --",
      'é'.repeat(3000),
    ]) {
      expect(isInvalid(await visitor.post('/oauth2/device', { user_code: value })), value).to.equal(true);
      const page = await visitor.get(`/authenticationendpoint/device.do?user_code=${encodeURIComponent(value)}`);
      expect(page.status).to.equal(200);
      expect(page.text).not.to.include('<script');
      expectEnd(
        await visitor.get(`/oauth2/ciba_authorize?authCodeKey=${encodeURIComponent(value)}`),
        'ciba.key.invalid',
      );
    }
  });
});

describe('guessing', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    const toml = '[rate_limit]\ncredentials_per_account = 5\ncredentials_per_address = 1000\nwindow = "10m"\n';
    server = await startTestServer({ clock: heldClock(), toml });
    await createUser(server, 'alice');
    app = await createApp(server, { client });
  });
  after(() => server?.stop());

  it('of user codes ends after a few wrong ones, by the form and by the address', async () => {
    const { user_code } = await deviceCodes(app);
    const visitor = new Visitor(server);
    for (const wrong of ['BBBBBB', 'CCCCCC', 'DDDDDD'])
      expect(isInvalid(await visitor.post('/oauth2/device', { user_code: wrong }))).to.equal(true);
    for (const wrong of ['FFFFFF', 'GGGGGG'])
      expect((await visitor.get(`/authenticationendpoint/device.do?user_code=${wrong}`)).status).to.equal(200);
    const refused = await visitor.post('/oauth2/device', { user_code });
    expect(refused.location?.searchParams.get('statusMsg')).to.equal('too.many.requests');
    const page = await visitor.get(`/authenticationendpoint/device.do?user_code=${user_code}`);
    expect(page.status).to.equal(429);
    expect(page.text).not.to.include(app.application.name);
  });

  it('of user names by a client ends after a few unknown ones', async () => {
    const ask = (login_hint: string) =>
      app.send('/oauth2/ciba', { scope: 'openid', login_hint }, { authorization: app.basic });
    for (let index = 0; index < 5; index++) expectError(await ask(`nobody-${index}`), 400, 'unknown_user_id');
    expect((await ask('alice')).status).to.equal(429);
  });
});
