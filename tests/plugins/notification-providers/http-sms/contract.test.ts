import { notificationProviderContract } from '../../../contract/notification-provider.js';
import { peersAllowed } from '../../../core/notifications/notification-calls.js';
import { startHttpPeer } from '../../../support/http-peer.js';

notificationProviderContract({
  channel: 'SMS',
  type: 'Custom',
  secret: 'gateway-secret',
  async peer() {
    const gateway = await startHttpPeer();
    return {
      toml: peersAllowed(),
      properties: {
        providerURL: `${gateway.origin}/send`,
        contentType: 'JSON',
        body: '{"to": "{{mobile}}", "text": {{body}}}',
      },
      authentication: { type: 'BEARER', accessToken: 'gateway-secret' },
      received: () =>
        gateway.taken.map(({ body }) => JSON.parse(body) as { readonly to: string; readonly text: string }),
      refuse: () => {
        gateway.answer = () => ({ status: 503 });
      },
      down: () => gateway.stop(),
      stop: () => gateway.stop(),
    };
  },
});
