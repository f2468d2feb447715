import { OutboundHttpToken } from '#core/http';
import { definePlugin } from '#core/kernel';
import { ClientCredentialTokensToken, NotificationProviders } from '#core/notifications';
import { configSchema } from './config.js';
import { SmtpProvider } from './smtp-provider.js';

export default definePlugin({
  id: 'notification-provider.smtp',
  requires: ['core.notifications'],
  configPath: 'notification_provider.smtp',
  configSchema,
  setup({ config, container, contribute }) {
    const parts = [container.get(OutboundHttpToken), container.get(ClientCredentialTokensToken)] as const;
    contribute(NotificationProviders, 'email.smtp', new SmtpProvider(...parts, config));
  },
});
