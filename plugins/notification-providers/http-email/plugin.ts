import { definePlugin } from '#core/kernel';
import { MessageGatewayToken, NotificationProviders } from '#core/notifications';
import { configSchema } from './config.js';
import { HttpEmailProvider } from './http-email-provider.js';

export default definePlugin({
  id: 'notification-provider.http-email',
  requires: ['core.notifications'],
  configPath: 'notification_provider.http_email',
  configSchema,
  setup({ config, container, contribute }) {
    const provider = new HttpEmailProvider(container.get(MessageGatewayToken), config.timeout);
    contribute(NotificationProviders, 'email.http', provider);
  },
});
