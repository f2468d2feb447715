import { definePlugin } from '#core/kernel';
import { MessageGatewayToken, NotificationProviders } from '#core/notifications';
import { configSchema } from './config.js';
import { HttpSmsProvider } from './http-sms-provider.js';

export default definePlugin({
  id: 'notification-provider.http-sms',
  requires: ['core.notifications'],
  configPath: 'notification_channel.sms.custom',
  configSchema,
  setup({ config, container, contribute }) {
    contribute(NotificationProviders, 'sms.custom', new HttpSmsProvider(container.get(MessageGatewayToken), config));
  },
});
