import { definePlugin } from '#core/kernel';
import { MessageGatewayToken, NotificationProviders } from '#core/notifications';
import { configSchema } from './config.js';
import { VonageProvider } from './vonage-provider.js';

export default definePlugin({
  id: 'notification-provider.vonage',
  requires: ['core.notifications'],
  configPath: 'notification_provider.vonage',
  configSchema,
  setup({ config, container, contribute }) {
    const provider = new VonageProvider(container.get(MessageGatewayToken), config.timeout);
    contribute(NotificationProviders, 'sms.vonage', provider);
  },
});
