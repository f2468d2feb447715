import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import type { User } from '#core/users';
import { otherThan, PASSWORD, TotpBench } from './totp-bench.js';

interface Answer {
  readonly status: number;
  readonly body: {
    readonly qrCodeUrl?: string;
    readonly isValid?: boolean;
    readonly secret?: string;
    readonly code?: string;
    readonly traceId?: string;
  };
}

const tokenOf = (user: User, more: object = {}) => {
  const principal = { type: 'User', id: user.id, orgId: user.orgId, name: user.username, scopes: ['internal_login'] };
  return `Bearer ${Buffer.from(JSON.stringify({ ...principal, ...more })).toString('base64url')}`;
};

const secretIn = (answer: Answer) => {
  const uri = Buffer.from(String(answer.body.qrCodeUrl), 'base64').toString();
  expect(uri).to.match(/^otpauth:\/\/totp\//);
  return String(new URL(uri).searchParams.get('secret'));
};

describe('TOTP self-service', () => {
  let bench: TotpBench;
  before(async () => {
    bench = await TotpBench.start();
  });
  after(() => bench.stop());

  async function call(authorization: string, method: string, path = '', json?: unknown): Promise<Answer> {
    const response = await bench.server.fetch(`/api/users/v1/me/totp${path}`, {
      method,
      headers: { ...(authorization ? { authorization } : {}), 'content-type': 'application/json' },
      ...(json === undefined ? {} : { body: typeof json === 'string' ? json : JSON.stringify(json) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) };
  }

  const act = (authorization: string, action: string, verificationCode?: unknown) =>
    call(authorization, 'POST', '', { action, ...(verificationCode === undefined ? {} : { verificationCode }) });

  const actions = async (user: User) =>
    (await bench.server.server.container.get(AuditLogToken).list(user.orgId, 1000))
      .filter((record) => record['targetId'] === user.id)
      .map((record) => record['action']);

  it('enrols: INIT, VIEW, secret, VALIDATE', async () => {
    const user = await bench.user('alice');
    const token = tokenOf(user);
    expect((await call(token, 'GET')).body.code).to.equal('OTP-10003');
    expect((await call(token, 'GET', '/secret')).status).to.equal(404);
    expect((await act(token, 'VALIDATE', '123456')).body.code).to.equal('OTP-10003');
    const begun = await act(token, 'INIT');
    expect(begun.status).to.equal(200);
    const secret = secretIn(begun);
    expect(secretIn(await act(token, 'VIEW'))).to.equal(secret);
    expect(secretIn(await call(token, 'GET'))).to.equal(secret);
    expect((await call(token, 'GET', '/secret')).body).to.deep.equal({ secret });
    expect((await act(token, 'VALIDATE', otherThan(bench.code(secret)))).body).to.deep.equal({ isValid: false });
    expect(await actions(user)).to.not.include('add-totp');
    expect((await act(token, 'VALIDATE', Number(bench.code(secret)))).body).to.deep.equal({ isValid: true });
    expect(await actions(user)).to.include('add-totp');
  });

  it('does not show a secret again that counts, and keeps it until another is confirmed', async () => {
    const user = await bench.user('bob');
    const token = tokenOf(user);
    const secret = secretIn(await act(token, 'INIT'));
    await act(token, 'VALIDATE', bench.code(secret));
    expect((await call(token, 'GET')).body).to.deep.equal({ isValid: true });
    expect((await call(token, 'GET', '/secret')).body.code).to.equal('OTP-10003');
    const fresh = secretIn(await act(token, 'REFRESH'));
    expect(fresh).to.not.equal(secret);
    bench.clock.advance(60_000);
    const browser = bench.server.browser();
    const { key } = await bench.firstStep(browser, 'bob');
    expect((await bench.answer(browser, key, bench.code(secret))).text).to.contain('"passed"');
    expect((await act(token, 'VALIDATE', bench.code(fresh))).body).to.deep.equal({ isValid: true });
    expect(await actions(user)).to.include('update-totp');
    bench.clock.advance(60_000);
    const again = bench.server.browser();
    const second = await bench.firstStep(again, 'bob');
    expect((await bench.answer(again, second.key, bench.code(secret))).text).to.not.contain('"passed"');
  });

  it('INIT makes a fresh secret each time, which no one has looked at before', async () => {
    const token = tokenOf(await bench.user('carol'));
    expect(secretIn(await act(token, 'INIT'))).to.not.equal(secretIn(await act(token, 'INIT')));
  });

  it('ends an enrolment', async () => {
    const user = await bench.user('dave');
    const secret = await bench.enrol('dave');
    const token = tokenOf(user);
    expect((await act(token, 'VALIDATE', bench.code(secret))).body).to.deep.equal({ isValid: true });
    expect(await call(token, 'DELETE')).to.deep.equal({ status: 200, body: {} });
    expect(await call(token, 'DELETE')).to.deep.equal({ status: 200, body: {} });
    expect((await actions(user)).filter((action) => action === 'delete-totp')).to.have.length(1);
    const { page } = await bench.firstStep(bench.server.browser(), 'dave');
    expect(page.url).to.contain('totp_enroll.do');
  });

  it('refuses passwords, tokens without the scope, applications and strangers', async () => {
    const user = await bench.user('erin');
    const basic = `Basic ${Buffer.from(`erin:${PASSWORD}`).toString('base64')}`;
    const refused: [authorization: string, status: number, code: string][] = [
      [basic, 403, 'OTP-10005'],
      [bench.server.admin, 403, 'OTP-10005'],
      [tokenOf(user, { scopes: ['openid'] }), 403, 'OTP-10005'],
      [tokenOf(user, { type: 'Application' }), 401, 'OTP-10001'],
      [tokenOf(user, { id: 'nobody' }), 401, 'OTP-10001'],
      ['Bearer nonsense', 401, 'OTP-10001'],
      ['', 401, 'OTP-10001'],
    ];
    for (const [authorization, status, code] of refused) {
      for (const [method, path] of [
        ['GET', ''],
        ['GET', '/secret'],
        ['DELETE', ''],
      ] as const) {
        const answer = await call(authorization, method, path);
        expect([answer.status, answer.body.code], `${method} ${path}`).to.deep.equal([status, code]);
        expect(answer.body.traceId).to.be.a('string');
      }
      expect((await act(authorization, 'INIT')).status).to.equal(status);
    }
  });

  it('answers bad requests in its own codes', async () => {
    const token = tokenOf(await bench.user('frank'));
    await act(token, 'INIT');
    const bad: [body: unknown, code: string][] = [
      [{ action: 'EXPLODE' }, 'OTP-10002'],
      [{}, 'OTP-10002'],
      ['{', 'OTP-10002'],
      [[], 'OTP-10002'],
      [{ action: 'VALIDATE' }, 'OTP-10004'],
      [{ action: 'VALIDATE', verificationCode: '' }, 'OTP-10004'],
      [{ action: 'VALIDATE', verificationCode: 1.5 }, 'OTP-10002'],
      [{ action: 'VALIDATE', verificationCode: -1 }, 'OTP-10002'],
      [{ action: 'VALIDATE', verificationCode: '0'.repeat(100) }, 'OTP-10002'],
    ];
    for (const [body, code] of bad) {
      const answer = await call(token, 'POST', '', body);
      expect([answer.status, answer.body.code], JSON.stringify(body)).to.deep.equal([400, code]);
    }
    expect((await act(token, 'VALIDATE', 12345678901)).body).to.deep.equal({ isValid: false });
  });

  it('shares the limit on wrong codes with the sign-in', async () => {
    const token = tokenOf(await bench.user('grace'));
    const secret = await bench.enrol('grace');
    for (let n = 0; n < 5; n++) await act(token, 'VALIDATE', otherThan(bench.code(secret)));
    expect((await act(token, 'VALIDATE', bench.code(secret))).body).to.deep.equal({ isValid: false });
    const browser = bench.server.browser();
    const { key } = await bench.firstStep(browser, 'grace');
    expect((await bench.answer(browser, key, bench.code(secret))).text).to.not.contain('"passed"');
  });
});

describe('TOTP self-service with the switch of old clients', () => {
  it('shows the secret that counts', async () => {
    const bench = await TotpBench.start({
      toml: '[authentication.authenticator.totp.parameters]\nShowActiveSecret = "true"\nissuer = "Acme Corp"\nHideUserStoreFromDisplayInQRUrl = true',
    });
    try {
      const user = await bench.user('alice');
      const secret = await bench.enrol('alice');
      const headers = { authorization: tokenOf(user) };
      const response = await bench.server.fetch('/api/users/v1/me/totp/secret', { headers });
      expect(await response.json()).to.deep.equal({ secret });
      const shown = (await (await bench.server.fetch('/api/users/v1/me/totp', { headers })).json()) as Answer['body'];
      const uri = new URL(Buffer.from(String(shown.qrCodeUrl), 'base64').toString());
      expect(decodeURIComponent(uri.pathname)).to.contain('Acme Corp:alice');
    } finally {
      await bench.stop();
    }
  });
});
