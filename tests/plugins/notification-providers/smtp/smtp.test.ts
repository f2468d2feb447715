import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { OutboxToken } from '#core/persistence';
import { failures, notify, peersAllowed } from '../../../core/notifications/notification-calls.js';
import { eventually } from '../../../support/eventually.js';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import { type HttpPeer, startHttpPeer } from '../../../support/http-peer.js';
import { type MailServer, type ReceivedMail, startMailServer } from '../../../support/mail-server.js';
import { startTestServer, type TestServer, type TestServerOptions } from '../../../support/test-server.js';

const adapter = (port: number, more = 'username = "mailer"\npassword = "mail-pass"') => `
[output_adapter.email]
from_address = "no-reply@shop.example"
hostname = "localhost"
port = ${port}
signature = "The Shöp"
${more}
`;

/** More than the delay after the first attempts, less than a lease. */
const BACK_OFF_MS = 10_000;

describe('e-mail by SMTP', () => {
  const running: { stop(): Promise<void> }[] = [];
  let clock: HeldClock;
  beforeEach(() => {
    clock = heldClock();
  });
  afterEach(async () => {
    for (const one of running.splice(0).reverse()) await one.stop();
  });

  async function kept<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
    const one = await starting;
    running.push(one);
    return one;
  }
  const serverFor = (mail: MailServer, toml = adapter(mail.port), options: TestServerOptions = {}) =>
    kept(startTestServer({ clock, ...options, toml: peersAllowed(mail.authorityFile) + toml }));
  const mailIn = (mail: MailServer, count = 1): Promise<ReceivedMail> =>
    eventually('the mail arrives', () => mail.received[count - 1]);
  const attempts = async (server: TestServer, count: number) =>
    eventually(`attempt ${count}`, async () => {
      const [duty] = await server.server.container.get(OutboxToken).list(SUPER_ORGANIZATION.id, 'pending', 1);
      const isOver = duty?.lastError && duty.attempts === count && duty.nextAt < clock.now() + BACK_OFF_MS;
      return isOver ? duty.lastError : undefined;
    });

  it('arrives over STARTTLS from the authenticated sender of deployment.toml', async () => {
    const mail = await kept(startMailServer());
    const server = await serverFor(mail);
    const id = await notify(server);
    const { mail: got, raw, recipients, isEncrypted, authentication } = await mailIn(mail);
    expect(isEncrypted).to.equal(true);
    expect(authentication).to.include({ username: 'mailer' });
    expect(recipients).to.deep.equal(['bob@shop.example']);
    expect(got.from).to.include({ name: 'The Shöp', address: 'no-reply@shop.example' });
    expect(got.to?.[0]).to.include({ name: 'Bob', address: 'bob@shop.example' });
    expect(got.subject).to.equal('Super: confirm your sign-in');
    expect(got.messageId).to.equal(`<${id}@shop.example>`);
    expect(got.html).to.contain('authCodeKey=one-time-key&amp;x=1').and.contain('Pay 10').and.not.contain('{{');
    expect(raw).to.match(/^Auto-Submitted: auto-generated\r?$/m);
  });

  it('does not say a word to a server whose certificate nobody vouches for', async () => {
    const mail = await kept(startMailServer());
    const server = await kept(startTestServer({ clock, toml: peersAllowed() + adapter(mail.port) }));
    await notify(server);
    expect(await attempts(server, 1)).to.match(/certificate/i);
    expect([mail.tries, mail.received.length]).to.deep.equal([0, 0]);
  });

  it('does not accept a certificate for another name', async () => {
    const mail = await kept(startMailServer({ namedOtherwise: true }));
    const server = await serverFor(mail);
    await notify(server);
    expect(await attempts(server, 1)).to.match(/certificate's altnames/i);
    expect(mail.tries).to.equal(0);
  });

  it('does not go on in clear text when the server has no TLS', async () => {
    const mail = await kept(startMailServer({ plain: true }));
    const server = await serverFor(mail);
    await notify(server);
    expect(await attempts(server, 1)).to.match(/STARTTLS/i);
    expect(mail.tries).to.equal(0);
  });

  it('goes in clear text and without authentication when the operator wants it so', async () => {
    const mail = await kept(startMailServer({ plain: true, authentication: 'NONE' }));
    const more = 'enable_start_tls = false\nenable_authentication = false';
    const server = await serverFor(mail, adapter(mail.port, more));
    await notify(server);
    expect(await mailIn(mail)).to.include({ isEncrypted: false });
  });

  it('is tried again after a wrong password, then given up with the reason', async () => {
    const mail = await kept(startMailServer());
    const server = await serverFor(mail, adapter(mail.port, 'username = "mailer"\npassword = "not-this-one"'));
    const id = await notify(server);
    await attempts(server, 1);
    clock.advance(BACK_OFF_MS);
    await attempts(server, 2);
    clock.advance(BACK_OFF_MS);
    const [failure] = await eventually('it is given up', async () => {
      const found = await failures(server);
      return found.length > 0 && found;
    });
    expect(failure).to.include({ id, attempts: 3, to: 'b*****b@shop.example', channel: 'EMAIL' });
    expect(failure?.reason).to.contain('Invalid username or password').and.not.contain('not-this-one');
    expect([mail.tries, mail.received.length]).to.deep.equal([3, 0]);
    const [record] = await server.server.container.get(AuditLogToken).list(SUPER_ORGANIZATION.id, 1);
    expect(record).to.include({ action: 'Notification-Failed', targetId: id });
    expect(JSON.stringify(record)).not.to.contain('bob@shop.example');
  });

  it('is delivered once the server is up again', async () => {
    const mail = await kept(startMailServer());
    const server = await serverFor(mail);
    await mail.down();
    await notify(server);
    expect(await attempts(server, 1)).to.contain('ECONNREFUSED');
    await mail.up();
    clock.advance(BACK_OFF_MS);
    expect((await mailIn(mail)).recipients).to.deep.equal(['bob@shop.example']);
  });

  it('is given up at once when the server does not know the recipient', async () => {
    const mail = await kept(startMailServer({ unknown: ['bob@shop.example'] }));
    const server = await serverFor(mail);
    await notify(server);
    const [failure] = await eventually('it is given up', async () => {
      const found = await failures(server);
      return found.length > 0 && found;
    });
    expect(failure).to.include({ attempts: 1 });
    expect(failure?.reason).to.contain('no such user b*****b@shop.example').and.not.contain('bob@');
  });

  it('authenticates with a token (XOAUTH2), fetched once, and anew when it is no longer taken', async () => {
    const mail = await kept(startMailServer({ authentication: 'XOAUTH2' }));
    const issuer: HttpPeer = await kept(
      startHttpPeer(() => {
        const access_token = `token-${issuer.requests.length}`;
        mail.tokens.clear();
        mail.tokens.add(access_token);
        return { status: 200, json: { access_token, token_type: 'Bearer', expires_in: 3600 } };
      }),
    );
    const more = `auth_type = "CLIENT_CREDENTIAL"
client_id = "mail client"
client_secret = "s:ecret"
scopes = "https://mail.example/.default"
token_endpoint = "${issuer.origin}/token"`;
    const server = await serverFor(mail, adapter(mail.port, more));
    await notify(server);
    expect((await mailIn(mail)).authentication).to.include({
      method: 'XOAUTH2',
      username: 'no-reply@shop.example',
      accessToken: 'token-1',
    });
    await notify(server);
    await mailIn(mail, 2);
    expect(issuer.requests).to.have.length(1);
    expect(issuer.requests[0]).to.include({
      method: 'POST',
      body: 'grant_type=client_credentials&scope=https%3A%2F%2Fmail.example%2F.default',
    });
    const credentials = Buffer.from('mail+client:s%3Aecret').toString('base64');
    expect(issuer.requests[0]?.headers.authorization).to.equal(`Basic ${credentials}`);
    mail.tokens.clear();
    await notify(server);
    await attempts(server, 1);
    clock.advance(BACK_OFF_MS);
    expect((await mailIn(mail, 3)).authentication).to.include({ accessToken: 'token-2' });
    clock.advance(3_600_000);
    await notify(server);
    await mailIn(mail, 4);
    expect(issuer.requests).to.have.length(3);
  });

  it('cannot be given further headers or recipients by names and values', async () => {
    const mail = await kept(startMailServer());
    const server = await serverFor(mail);
    const evil = 'Eve\r\nBcc: victim@shop.example\r\n\r\n<script>';
    await server.api('POST', '/api/server/v1/notification/email/template-types', { displayName: 'Greeting' });
    const templates = `/api/server/v1/notification/email/template-types/${Buffer.from('Greeting').toString('base64url')}`;
    const text = {
      contentType: 'text/html',
      subject: 'Hi {{user-name}}',
      body: '<p>{{user-name}}</p>',
      locale: 'en_US',
    };
    expect((await server.api('POST', `${templates}/org-templates`, text)).status).to.equal(201);
    await notify(server, {
      template: 'greeting',
      to: { address: 'bob@shop.example', name: evil },
      placeholders: { 'user-name': evil },
    });
    const { mail: got, recipients, raw } = await mailIn(mail);
    expect(recipients).to.deep.equal(['bob@shop.example']);
    expect(got.headers.map(({ key }) => key)).not.to.include('bcc');
    expect(got.subject).to.equal('Hi Eve Bcc: victim@shop.example <script>');
    expect(got.to).to.have.length(1);
    expect(got.html).to.contain('&lt;script&gt;');
    expect(raw.split('\r\n\r\n')[0]).not.to.match(/^Bcc:/im);
  });
});
