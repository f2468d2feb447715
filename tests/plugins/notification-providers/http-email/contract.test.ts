import { notificationProviderContract } from '../../../contract/notification-provider.js';
import { peersAllowed } from '../../../core/notifications/notification-calls.js';
import { startHttpPeer } from '../../../support/http-peer.js';

notificationProviderContract({
  channel: 'EMAIL',
  type: 'HTTP',
  secret: 'service-secret',
  async peer() {
    const service = await startHttpPeer();
    return {
      toml: peersAllowed(),
      properties: {
        providerURL: `${service.origin}/send`,
        body: '{"source": "{{subject}}", "text": {{body}}, "to": "{{send-to}}"}',
      },
      authentication: { type: 'API_KEY', header: 'X-Api-Key', value: 'service-secret' },
      received: () =>
        service.taken.map(({ body }) => JSON.parse(body) as { readonly to: string; readonly text: string }),
      refuse: () => {
        service.answer = () => ({ status: 429 });
      },
      down: () => service.stop(),
      stop: () => service.stop(),
    };
  },
});
