import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import { DatabaseToken } from '#core/persistence';
import { claimUri, UserServiceToken } from '#core/users';
import { failureIn, keyIn, otherThan, TotpBench } from './totp-bench.js';

describe('TOTP in a sign-in', () => {
  let bench: TotpBench;
  before(async () => {
    bench = await TotpBench.start();
  });
  after(() => bench.stop());

  const records = async (orgId: string, userId: string) =>
    (await bench.server.server.container.get(AuditLogToken).list(orgId, 1000)).filter(
      (record) => record['targetId'] === userId,
    );

  it('enrols a user who is not, then asks for a code only', async () => {
    const user = await bench.user('alice');
    const browser = bench.server.browser();
    const { page, key } = await bench.firstStep(browser, 'alice');
    expect(new URL(page.url).pathname).to.equal('/authenticationendpoint/totp_enroll.do');
    const prompt = await bench.prompt(browser, key);
    expect(prompt.fields).to.have.length(1);
    expect(prompt.fields[0]).to.include({ name: 'token', type: 'code', autocomplete: 'one-time-code' });
    const { secret, uri, qr } = prompt.data ?? {};
    expect(uri).to.contain(`secret=${secret}`).and.contain('localhost:alice');
    expect(qr).to.match(/^data:image\/svg\+xml;base64,/);
    const end = await bench.answer(browser, key, bench.code(String(secret)));
    expect(JSON.parse(end.text)).to.deep.equal({ userId: user.id, passed: ['BasicAuthenticator', 'totp'] });
    const users = bench.server.server.container.get(UserServiceToken);
    const enabled = claimUri('identity/totpEnabled');
    expect(await users.readClaims(user.orgId, user.id, [enabled])).to.deep.equal({ [enabled]: ['true'] });
    expect((await records(user.orgId, user.id)).map((record) => record['action'])).to.include('add-totp');

    bench.clock.advance(60_000);
    const again = bench.server.browser();
    const second = await bench.firstStep(again, 'alice');
    expect(new URL(second.page.url).pathname).to.equal('/authenticationendpoint/totp.do');
    expect(await bench.prompt(again, second.key)).to.not.have.property('data');
    const done = await bench.answer(again, second.key, bench.code(String(secret)));
    expect(JSON.parse(done.text)).to.include({ userId: user.id });
  });

  it('shows one secret as often as the page is loaded, also at the same time, and another in another sign-in', async () => {
    await bench.user('bob');
    const browser = bench.server.browser();
    const { key } = await bench.firstStep(browser, 'bob');
    const shown = await Promise.all(Array.from({ length: 8 }, () => bench.prompt(browser, key)));
    expect(new Set(shown.map((prompt) => prompt.data?.secret)).size).to.equal(1);
    const other = bench.server.browser();
    const elsewhere = await bench.firstStep(other, 'bob');
    expect((await bench.prompt(other, elsewhere.key)).data?.secret).to.not.equal(shown[0]?.data?.secret);
  });

  it('does not let a sign-in that began before overrule an enrolment', async () => {
    await bench.user('carol');
    const stranger = bench.server.browser();
    const early = await bench.firstStep(stranger, 'carol');
    const known = String((await bench.prompt(stranger, early.key)).data?.secret);
    const secret = await bench.enrol('carol');
    const refused = await bench.answer(stranger, early.key, bench.code(known));
    expect(failureIn(refused)).to.equal('authentication.fail.message');
    expect((await bench.prompt(stranger, keyIn(refused))).page).to.equal('totp');
    const { key } = await bench.firstStep(stranger, 'carol');
    expect(JSON.parse((await bench.answer(stranger, key, bench.code(secret))).text)).to.have.property('passed');
  });

  it('lets only one of two enrolments that are confirmed at the same time count', async () => {
    await bench.user('dave');
    const rivals = await Promise.all(
      [0, 1].map(async () => {
        const browser = bench.server.browser();
        const { key } = await bench.firstStep(browser, 'dave');
        return { browser, key, secret: String((await bench.prompt(browser, key)).data?.secret) };
      }),
    );
    const ends = await Promise.all(
      rivals.map(({ browser, key, secret }) => bench.answer(browser, key, bench.code(secret))),
    );
    expect(ends.filter((page) => page.text.includes('"passed"'))).to.have.length(1);
  });

  it('shows the secret to nobody but the browser that began the sign-in', async () => {
    await bench.user('erin');
    const { key } = await bench.firstStep(bench.server.browser(), 'erin');
    const thief = bench.server.browser();
    expect((await bench.prompt(thief, key)).data).to.equal(undefined);
    await thief.get(`/test-face?app=${bench.app}`);
    for (const forged of [key, `s.${'A'.repeat(43)}`, `${key}x`, '', 's.'])
      expect(await bench.prompt(thief, forged)).to.deep.equal({});
    expect(new URL((await bench.answer(thief, key, '123456')).url).pathname).to.match(/retry\.do$/);
  });

  it('forgets a pending secret when the sign-in is over its time', async () => {
    await bench.user('frank');
    const browser = bench.server.browser();
    const { key } = await bench.firstStep(browser, 'frank');
    const secret = String((await bench.prompt(browser, key)).data?.secret);
    bench.clock.advance(41 * 60_000);
    const page = await bench.answer(browser, key, bench.code(secret));
    expect(new URL(page.url).pathname).to.match(/retry\.do$/);
  });

  it('refuses a user who was locked meanwhile', async () => {
    const user = await bench.user('grace');
    const secret = await bench.enrol('grace');
    const browser = bench.server.browser();
    const { key } = await bench.firstStep(browser, 'grace');
    const users = bench.server.server.container.get(UserServiceToken);
    await users.writeClaims(user.orgId, user.id, { [claimUri('identity/accountLocked')]: ['true'] });
    expect(failureIn(await bench.answer(browser, key, bench.code(secret)))).to.equal('authentication.fail.message');
  });

  it('keeps the secret apart from claims: the claim of that name neither shows nor changes it', async () => {
    const user = await bench.user('ivan');
    const secret = await bench.enrol('ivan');
    const users = bench.server.server.container.get(UserServiceToken);
    const claim = claimUri('identity/secretkey');
    expect(await users.readClaims(user.orgId, user.id, [claim])).to.deep.equal({});
    for (const values of [['another'], []]) await users.writeClaims(user.orgId, user.id, { [claim]: values });
    const browser = bench.server.browser();
    const { key } = await bench.firstStep(browser, 'ivan');
    expect((await bench.answer(browser, key, bench.code(secret))).text).to.contain('"passed"');
  });

  it('puts the secret neither into addresses nor into any log, and into the database only sealed', async () => {
    await bench.user('heidi');
    const browser = bench.server.browser();
    const { page, key } = await bench.firstStep(browser, 'heidi');
    const secret = String((await bench.prompt(browser, key)).data?.secret);
    const wrong = await bench.answer(browser, key, otherThan(bench.code(secret)));
    expect(page.url + wrong.url).to.not.contain(secret);
    await bench.answer(browser, keyIn(wrong), bench.code(secret));
    const { sql } = bench.server.server.container.get(DatabaseToken);
    const rows = await sql.all<{ value: string }>('SELECT data_value AS value FROM identity_data WHERE name = ?', [
      'secret:secretkey',
    ]);
    expect(rows).to.have.length.above(0);
    expect(JSON.stringify(rows)).to.not.contain(secret);
    expect(JSON.stringify(bench.server.logs)).to.not.contain(secret);
    await bench.server.halt();
    for (const file of filesBelow(bench.server.data)) expect(readFileSync(file).includes(secret), file).to.equal(false);
    await bench.server.start();
  });
});

describe('TOTP for users who are not enrolled', () => {
  it('ends the sign-in when enrolment is off', async () => {
    const bench = await TotpBench.start({
      toml: '[authentication.authenticator.totp.parameters]\nenrolUserInAuthenticationFlow = "false"',
    });
    try {
      await bench.user('alice');
      const browser = bench.server.browser();
      const { page, key } = await bench.firstStep(browser, 'alice');
      expect(new URL(page.url).pathname).to.equal('/authenticationendpoint/totp_error.do');
      expect(await bench.prompt(browser, key)).to.deep.equal({
        page: 'totp_error',
        fields: [],
        data: { message: 'totp.not.enrolled' },
      });
      const end = await bench.answer(browser, key, '123456');
      expect(end.status).to.equal(400);
      expect(JSON.parse(end.text)).to.include({ error: 'access_denied' });
    } finally {
      await bench.stop();
    }
  });

  it('passes the step over, without counting it as passed, when it is not mandatory', async () => {
    const bench = await TotpBench.start({
      toml: '[authentication.authenticator.totp.parameters]\nauthenticationMandatory = "false"',
    });
    try {
      const user = await bench.user('alice');
      const browser = bench.server.browser();
      const { page } = await bench.firstStep(browser, 'alice');
      expect(JSON.parse(page.text)).to.deep.equal({ userId: user.id, passed: ['BasicAuthenticator'] });
      const next = await browser.get(`/test-face?app=${bench.app}`);
      expect(JSON.parse(next.text)).to.deep.equal({ userId: user.id, passed: ['BasicAuthenticator'] });
    } finally {
      await bench.stop();
    }
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}
