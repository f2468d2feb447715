import { expect } from 'chai';
import type { Channel, NotificationMessage, NotificationProvider, SenderAuthentication } from '#core/notifications';
import { SenderChecks } from '../../core/notifications/senders/sender-checks.js';
import { failureOf } from '../support/failures.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

/** The other side of a provider, real or speaking its wire protocol. */
export interface ProviderPeer {
  /** What `deployment.toml` needs so that it can be reached. */
  readonly toml: string;
  /** Properties of a sender that leads to it, as the senders API writes them. */
  readonly properties: Readonly<Record<string, string>>;
  /** How that sender authenticates. */
  readonly authentication: SenderAuthentication;
  /** What it has been given, each with the text of the message as the recipient reads it. */
  received(): readonly { readonly to: string; readonly text: string }[];
  /** From now on it refuses whatever comes, but only for now. */
  refuse(): void;
  /** Takes no connections any more. */
  down(): Promise<void>;
  /** Called when all is over, also after {@link down}. */
  stop(): Promise<void>;
}

/** A provider that the contract is tried on. */
export interface NotificationProviderSubject {
  readonly channel: Channel;
  readonly type: string;
  /** Its secret in the credentials of the peer. */
  readonly secret: string;
  peer(): Promise<ProviderPeer>;
}

/** What every notification provider has to keep, whoever wrote it. */
export function notificationProviderContract({
  channel,
  type,
  secret,
  peer: start,
}: NotificationProviderSubject): void {
  describe(`the contract of notification providers, kept by ${type} for ${channel}`, () => {
    let peer: ProviderPeer;
    let server: TestServer;
    let provider: NotificationProvider;
    beforeEach(async () => {
      peer = await start();
      server = await startTestServer({ toml: peer.toml });
      const found = server.server.container.build(SenderChecks).provider(channel, type.toUpperCase());
      if (!found) throw new Error(`there is no provider ${type} for ${channel}`);
      provider = found;
    });
    afterEach(async () => {
      await server?.stop();
      await peer?.stop();
    });

    const message = (number: number, body = `message ${number}`): NotificationMessage => ({
      id: `0197a000-0000-7000-8000-00000000000${number}`,
      to: channel === 'EMAIL' ? `kim${number}@shop.example` : `+49 170 123456${number}`,
      name: 'Kim',
      subject: channel === 'EMAIL' ? 'Subject' : '',
      body,
      contentType: 'text/plain',
    });
    const send = (one: NotificationMessage, properties: Readonly<Record<string, string>> = peer.properties) =>
      provider.send(one, {
        properties: provider.properties.parse(properties),
        authentication: peer.authentication,
        trusted: true,
      });

    it('says who it is, under the id of its channel and type', () => {
      expect(provider).to.include({ channel, type });
      expect(provider.displayName).to.match(/\S/);
      expect(provider.authentication).to.include(peer.authentication.type);
      const contributed = server.server.kernel.summaries().flatMap(({ contributions }) => contributions);
      expect(JSON.stringify(contributed)).to.contain(`${channel}.${type}`.toLowerCase());
    });

    it('says what is wrong with properties, and does not throw', () => {
      expect(provider.properties.safeParse({}).success).to.equal(false);
      for (const name of Object.keys(peer.properties))
        for (const wrong of ['\0', '\r\nX: y'])
          expect(() => provider.properties.safeParse({ ...peer.properties, [name]: wrong })).not.to.throw();
      expect(provider.properties.safeParse(peer.properties).success).to.equal(true);
    });

    it('hands a message over as it is, whatever stands in it', async () => {
      const body = 'say "hello" & \\ <b>ä🦀</b> {{body}} %0A {"a":1}\nsecond line';
      await send(message(1, body));
      expect(peer.received()).to.have.length(1);
      expect(peer.received()[0]?.to).to.equal(message(1).to);
      expect(peer.received()[0]?.text.replaceAll('\r\n', '\n').trimEnd()).to.equal(body);
    });

    it('hands over each of many at once', async () => {
      await Promise.all([1, 2, 3, 4, 5].map((number) => send(message(number))));
      const texts = peer.received().map(({ text }) => text.trim());
      expect(texts.sort()).to.deep.equal([1, 2, 3, 4, 5].map((number) => `message ${number}`));
    });

    it('fails without a word of its secrets when the other side refuses or is not there, and can be tried again', async () => {
      peer.refuse();
      const refused = await failureOf(() => send(message(1)));
      await peer.down();
      const gone = await failureOf(() => send(message(2)));
      for (const error of [refused, gone]) {
        expect(error.name).not.to.equal('UndeliverableError');
        expect(error.message).to.match(/\S/).and.not.contain(secret);
      }
      expect(peer.received()).to.deep.equal([]);
    });
  });
}
