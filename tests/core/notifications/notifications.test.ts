import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import { type NotificationOrder, NotificationServiceToken } from '#core/notifications';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken, OutboxToken } from '#core/persistence';
import { OrganizationEntity } from '../../../core/organizations/organization.entity.js';
import { eventually } from '../../support/eventually.js';
import { failureOf } from '../../support/failures.js';
import { type HeldClock, heldClock } from '../../support/held-clock.js';
import { type MailServer, startMailServer } from '../../support/mail-server.js';
import { createTenant, type Place } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type Failure, failures, notify, peersAllowed } from './notification-calls.js';

const FAILURES = '/api/server/v1/notification-failures';
const CIBA = `/api/server/v1/notification/email/template-types/${Buffer.from('CIBAAuthenticationNotification').toString('base64url')}`;
const OWNER = `Basic ${Buffer.from('owner:Owner-pass-1').toString('base64')}`;

const adapter = ({ port }: MailServer) => `
[output_adapter.email]
from_address = "no-reply@shop.example"
hostname = "localhost"
port = ${port}
enable_authentication = false
`;

describe('notifications', () => {
  let mail: MailServer;
  let server: TestServer;
  let clock: HeldClock;
  let acme: Place;
  before(async () => {
    clock = heldClock();
    mail = await startMailServer({ authentication: 'NONE' });
    server = await startTestServer({ clock, toml: peersAllowed(mail.authorityFile) + adapter(mail) });
    acme = await createTenant(server, 'acme.example');
  });
  after(async () => {
    await server?.stop();
    await mail?.stop();
  });
  beforeEach(() => {
    mail.received.length = 0;
  });

  const subjectOf = async (order: Partial<NotificationOrder>) => {
    const before = mail.received.length;
    await notify(server, order);
    return (await eventually('the mail arrives', () => mail.received[before])).mail.subject;
  };
  const to = (locale?: string) => ({ to: { address: 'bob@shop.example', name: 'Bob', locale } });
  const asOwner = (method: string, path: string, json: unknown) =>
    server.fetch(acme.prefix + path, {
      method,
      headers: { authorization: OWNER, 'content-type': 'application/json' },
      body: JSON.stringify(json),
    });
  const sms = (more: Partial<NotificationOrder> = {}): Partial<NotificationOrder> => ({
    channel: 'SMS',
    template: 'CIBASMSAuthenticationNotification',
    to: { address: '+49 170 1234567' },
    ...more,
  });
  const givenUp = (id: string, prefix = ''): Promise<Failure> =>
    eventually('it is given up', async () => (await failures(server, prefix)).find((one) => one.id === id));

  it('speak the language of the recipient, else the default one', async () => {
    expect(await subjectOf(to('de'))).to.equal('Super: Anmeldung bestätigen');
    expect(await subjectOf(to('de-AT'))).to.equal('Super: Anmeldung bestätigen');
    expect(await subjectOf(to('en_GB'))).to.equal('Super: confirm your sign-in');
    expect(await subjectOf(to('tlh'))).to.equal('Super: confirm your sign-in');
    expect(await subjectOf(to('no locale at all'))).to.equal('Super: confirm your sign-in');
    expect(await subjectOf(to())).to.equal('Super: confirm your sign-in');
  });

  it('speak the default language of the operator to those of whom none is known', async () => {
    const toml = `${peersAllowed(mail.authorityFile)}${adapter(mail)}[notifications]\ndefault_locale = "de_DE"`;
    const german = await startTestServer({ toml });
    try {
      await notify(german, to());
      const { mail: got } = await eventually('the mail arrives', () => mail.received[0]);
      expect(got.subject).to.equal('Super: Anmeldung bestätigen');
    } finally {
      await german.stop();
    }
  });

  it('are worded as the nearest of application, organization, ancestors and server has it', async () => {
    const database = server.server.container.get(DatabaseToken);
    const parent = await database.manager.findOneByOrFail(OrganizationEntity, { id: acme.orgId });
    const id = '0b6f7c4e-7b1c-4b5e-8f4e-0f5f8f1f7a01';
    const child = { ...parent, id, handle: 'child.example', name: 'Child', parentId: acme.orgId, rootId: acme.orgId };
    await database.run(() => database.manager.insert(OrganizationEntity, child));
    const applicationId = '5d3b1a52-1a1c-4b52-9f44-0c9a3f2f9a11';
    const order = { ...to('en'), orgId: id };
    expect(await subjectOf(order)).to.equal('Child: confirm your sign-in');
    const text = { contentType: 'text/plain', body: 'B', locale: 'en_US' };
    const ancestor = { ...text, subject: 'From {{tenant-domain}}, {{organization-name}}' };
    expect((await asOwner('POST', `${CIBA}/org-templates`, ancestor)).status).to.equal(201);
    expect(await subjectOf(order)).to.equal('From acme.example, Child');
    expect(await subjectOf(to())).to.equal('Super: confirm your sign-in');
    const ofApp = `${CIBA}/app-templates/${applicationId}`;
    await server.api('POST', ofApp, { ...text, subject: 'application' });
    expect(await subjectOf({ applicationId })).to.equal('application');
    await server.api('DELETE', `${ofApp}/en_US`);
    expect(await subjectOf({ applicationId })).to.equal('Super: confirm your sign-in');
  });

  it('do not let a server start whose sender is not complete', async () => {
    const table = '[output_adapter.email]\nfrom_address = "no-reply@shop.example"\n';
    for (const [more, text] of [
      ['username = "mailer"', 'auth_type BASIC needs password'],
      ['auth_type = "CLIENT_CREDENTIAL"\nclient_id = "c"\nclient_secret = "s"', 'needs token_endpoint'],
      ['enable_authentication = false\nreply_to = "a@b.example, c@d.example"', 'expected an e-mail address'],
      ['enable_authentication = false\n[notifications]\ndefault_locale = "english"', 'expected a locale'],
    ] as const)
      expect((await failureOf(() => startTestServer({ toml: table + more }))).message).to.contain(text);
  });

  it('are kept sealed until they are sent', async () => {
    await mail.down();
    const id = await notify(server);
    const outbox = server.server.container.get(OutboxToken);
    const [duty] = await outbox.list(SUPER_ORGANIZATION.id, 'pending', 1, 'notification');
    expect(duty).to.include({ id });
    const text = JSON.stringify(duty?.payload);
    expect(text).to.contain('b*****b@shop.example');
    for (const secret of ['one-time-key', 'bob@shop', 'Pay 10']) expect(text).not.to.contain(secret);
    await eventually('the first attempt is over', async () => {
      const [now] = await outbox.list(SUPER_ORGANIZATION.id, 'pending', 1, 'notification');
      return now?.lastError;
    });
    await mail.up();
    await eventually('it is sent', () => {
      clock.advance(500);
      return mail.received[0];
    });
  });

  it('are not sent when the unit of work rolls back', async () => {
    const database = server.server.container.get(DatabaseToken);
    await failureOf(() =>
      database.run(async () => {
        await notify(server, { placeholders: { 'binding-message': 'never' } });
        throw new Error('rolled back');
      }),
    );
    await subjectOf({});
    expect(mail.received).to.have.length(1);
    expect(mail.received[0]?.raw).not.to.contain('never');
  });

  it('are given up at once where nobody sends, and go once somebody does', async () => {
    const { hasSender } = bound(server);
    expect(await hasSender(SUPER_ORGANIZATION.id, 'EMAIL')).to.equal(true);
    expect(await hasSender(SUPER_ORGANIZATION.id, 'SMS')).to.equal(false);
    const id = await notify(server, sms());
    const failure = await givenUp(id);
    expect(failure).to.include({ channel: 'SMS', attempts: 1, template: 'CIBASMSAuthenticationNotification' });
    expect(failure.reason).to.equal(
      'the organization has no SMS sender: add one by /api/server/v2/notification-senders',
    );
    expect((await server.api('POST', `${FAILURES}/${id}/retry`)).status).to.equal(204);
    expect((await givenUp(id)).attempts).to.equal(1);
    const records = await server.server.container.get(AuditLogToken).list(SUPER_ORGANIZATION.id, 10);
    const actions = records.filter(({ targetId }) => targetId === id).map(({ action }) => action);
    expect(actions).to.deep.equal(['Notification-Failed', 'Retry-Notification', 'Notification-Failed']);
  });

  it('are forgotten when somebody says so, within the organization only', async () => {
    const id = await notify(server, sms({ orgId: acme.orgId }));
    const shown = () => server.fetch(acme.prefix + FAILURES, { headers: { authorization: OWNER } });
    await eventually('it is given up', async () => (await (await shown()).text()).includes(id));
    expect((await failures(server)).map((one) => one.id)).not.to.include(id);
    expect((await server.api('DELETE', `${FAILURES}/${id}`)).body['code']).to.equal('NOT-60002');
    expect((await server.api('POST', `${FAILURES}/${id}/retry`)).status).to.equal(404);
    expect((await asOwner('DELETE', `${FAILURES}/${id}`, {})).status).to.equal(204);
    expect(await (await shown()).text()).not.to.contain(id);
    expect((await server.fetch(FAILURES)).status).to.equal(401);
    expect((await server.api('GET', `${FAILURES}?limit=0`)).status).to.equal(400);
  });

  it('are not sent after they have expired', async () => {
    await mail.down();
    const id = await notify(server, { expiresAt: clock.now() + 500 });
    await eventually('it is given up', async () => {
      clock.advance(700);
      return (await failures(server)).some((one) => one.id === id);
    });
    await mail.up();
    expect((await givenUp(id)).reason).to.contain('expired');
  });

  it('are refused for addresses that are none, and for types that are not there', async () => {
    for (const address of [
      '',
      'bob',
      'a@b.example,c@d.example',
      'Bob <bob@shop.example>',
      'a@b.example\r\nBcc: c@d.example',
      '"a b"@c.example',
      '@',
    ])
      expect(await failureOf(() => notify(server, { to: { address } }))).to.include({ code: 'invalid_recipient' });
    for (const address of ['', 'bob@shop.example', '12', '0049;ext=1', '+49\r\n1'])
      expect(await failureOf(() => notify(server, sms({ to: { address } })))).to.include({ code: 'invalid_recipient' });
    expect(await failureOf(() => notify(server, { template: 'Nothing' }))).to.include({ code: 'unknown_template' });
  });

  it('do not let a sender of an organization into private networks', async () => {
    const guarded = await startTestServer({ clock, toml: '[outbox]\npoll_interval = "10ms"' });
    try {
      const { orgId, prefix } = await createTenant(guarded, 'guarded.example');
      const answer = await guarded.fetch(`${prefix}/api/server/v2/notification-senders/email`, {
        method: 'POST',
        headers: { authorization: OWNER, 'content-type': 'application/json' },
        body: JSON.stringify({
          smtpServerHost: 'localhost',
          smtpPort: mail.port,
          fromAddress: 'a@b.example',
          authType: 'NONE',
        }),
      });
      expect(answer.status).to.equal(201);
      await notify(guarded, { orgId });
      const outbox = guarded.server.container.get(OutboxToken);
      const [dead] = await eventually('it is given up', async () => {
        const found = await outbox.list(orgId, 'dead', 1);
        return found.length > 0 && found;
      });
      expect(dead?.lastError).to.contain('private_hosts');
      expect(mail.received).to.have.length(0);
    } finally {
      await guarded.stop();
    }
  });

  it('go by the sender of the nearest organization that has one', async () => {
    const own = await startMailServer({ authentication: 'NONE' });
    const both = await startTestServer({ toml: peersAllowed(own.authorityFile) + adapter(mail) });
    try {
      const tenant = await createTenant(both, 'own.example');
      const body = { smtpServerHost: 'localhost', smtpPort: own.port, fromAddress: 'a@own.example', authType: 'NONE' };
      await both.fetch(`${tenant.prefix}/api/server/v2/notification-senders/email`, {
        method: 'POST',
        headers: { authorization: OWNER, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      await notify(both, { orgId: tenant.orgId });
      const got = await eventually('the mail arrives', () => own.received[0]);
      expect(got.mail.from?.address).to.equal('a@own.example');
      expect(mail.received).to.have.length(0);
    } finally {
      await both.stop();
      await own.stop();
    }
  });
});

function bound(server: TestServer) {
  const service = server.server.container.get(NotificationServiceToken);
  return { hasSender: service.hasSender.bind(service) };
}
