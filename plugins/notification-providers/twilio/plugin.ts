import { definePlugin } from '#core/kernel';
import { MessageGatewayToken, NotificationProviders } from '#core/notifications';
import { configSchema } from './config.js';
import { TwilioProvider } from './twilio-provider.js';

export default definePlugin({
  id: 'notification-provider.twilio',
  requires: ['core.notifications'],
  configPath: 'notification_provider.twilio',
  configSchema,
  setup({ config, container, contribute }) {
    const provider = new TwilioProvider(container.get(MessageGatewayToken), config.timeout);
    contribute(NotificationProviders, 'sms.twilio', provider);
  },
});
