import { expect } from 'chai';
import { notificationProviderContract } from '../../../contract/notification-provider.js';
import { peersAllowed } from '../../../core/notifications/notification-calls.js';
import { startHttpPeer } from '../../../support/http-peer.js';

const credentials = `Basic ${Buffer.from('AC123:auth-token-secret').toString('base64')}`;

notificationProviderContract({
  channel: 'SMS',
  type: 'Twilio',
  secret: 'auth-token-secret',
  async peer() {
    // Stands in for api.twilio.com.
    const twilio = await startHttpPeer(({ path, headers }) => {
      const known = path === '/2010-04-01/Accounts/AC123/Messages.json' && headers.authorization === credentials;
      return { status: known ? 201 : 401, json: { status: 'queued' } };
    });
    return {
      toml: peersAllowed(),
      properties: { providerURL: twilio.origin, key: 'AC123', secret: 'auth-token-secret', sender: '+15005550006' },
      authentication: { type: 'NONE' },
      received: () =>
        twilio.taken.map(({ body }) => {
          const form = new URLSearchParams(body);
          expect(form.get('From')).to.equal('+15005550006');
          expect(form.get('To')).to.match(/^\+49170123456\d$/);
          return { to: `+49 170 ${form.get('To')?.slice(6)}`, text: form.get('Body') ?? '' };
        }),
      refuse: () => {
        twilio.answer = () => ({ status: 503 });
      },
      down: () => twilio.stop(),
      stop: () => twilio.stop(),
    };
  },
});
