import { expect } from 'chai';
import { MessageGatewayToken } from '#core/notifications';
import { VonageProvider } from '../../../../plugins/notification-providers/vonage/vonage-provider.js';
import { notificationProviderContract } from '../../../contract/notification-provider.js';
import { peersAllowed } from '../../../core/notifications/notification-calls.js';
import { failureOf } from '../../../support/failures.js';
import { type HttpPeer, type PeerAnswer, startHttpPeer } from '../../../support/http-peer.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const answer = (status: string): PeerAnswer => ({
  status: 200,
  json: { 'message-count': '1', messages: [{ status }] },
});
const properties = { key: 'account', secret: 'vonage-secret', sender: 'Shop' };
const message = { id: '1', to: '+49 170 1', name: '', subject: '', body: 'Grüße', contentType: 'text/plain' };

notificationProviderContract({
  channel: 'SMS',
  type: 'Vonage',
  secret: 'vonage-secret',
  async peer() {
    // Stands in for rest.nexmo.com.
    const vonage = await startHttpPeer(() => answer('0'));
    let isRefusing = false;
    return {
      toml: peersAllowed(),
      properties: { ...properties, providerURL: `${vonage.origin}/sms/json` },
      authentication: { type: 'NONE' },
      received: () =>
        (isRefusing ? [] : vonage.taken).map(({ body }) => {
          const form = new URLSearchParams(body);
          return { to: `+49 170 ${form.get('to')?.slice(5)}`, text: form.get('text') ?? '' };
        }),
      refuse: () => {
        isRefusing = true;
        vonage.answer = () => answer('1');
      },
      down: () => vonage.stop(),
      stop: () => vonage.stop(),
    };
  },
});

describe('SMS by Vonage', () => {
  let server: TestServer;
  let vonage: HttpPeer;
  before(async () => {
    // Stands in for rest.nexmo.com.
    vonage = await startHttpPeer(() => answer('0'));
    server = await startTestServer({ toml: peersAllowed() });
  });
  after(async () => {
    await server?.stop();
    await vonage?.stop();
  });

  const send = () => {
    const provider = new VonageProvider(server.server.container.get(MessageGatewayToken), 5000);
    const own = provider.properties.parse({ ...properties, providerURL: `${vonage.origin}/sms/json` });
    return provider.send(message, { properties: own, authentication: { type: 'NONE' }, trusted: false });
  };

  it('says who sends, and in which alphabet', async () => {
    await send();
    expect(Object.fromEntries(new URLSearchParams(vonage.requests.at(-1)?.body))).to.deep.equal({
      api_key: 'account',
      api_secret: 'vonage-secret',
      to: '491701',
      from: 'Shop',
      text: 'Grüße',
      type: 'unicode',
    });
  });

  it('fails for good or for now, as the answer of status 200 says', async () => {
    vonage.answer = () => answer('7');
    expect((await failureOf(send)).name).to.equal('UndeliverableError');
    vonage.answer = () => answer('9');
    expect((await failureOf(send)).name).to.equal('GatehouseError');
    vonage.answer = () => ({ status: 200, json: 'ok' });
    expect((await failureOf(send)).message).to.contain('an answer that is none');
  });
});
