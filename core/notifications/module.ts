import { Routes } from '#core/http';
import { definePlugin } from '#core/kernel';
import { OutboxHandlers, ShippedConfigToken } from '#core/persistence';
import { ClientCredentialTokens, ClientCredentialTokensToken } from './client-credential-tokens.js';
import { DefaultLocaleToken, NotificationDelivery } from './delivery.js';
import { TOPIC } from './duty.js';
import { FailureRoutes } from './failures.routes.js';
import { MessageGateway, MessageGatewayToken } from './message-gateway.js';
import { Notifications2026112100061 } from './migrations/0001-notifications.js';
import { NotificationService, NotificationServiceToken } from './notification.service.js';
import { NotificationProviders } from './provider.js';
import { deploymentSender } from './senders/deployment-sender.js';
import { SenderEntity } from './senders/sender.entity.js';
import { DeploymentSenderToken } from './senders/sender.service.js';
import { NotificationProviderRegistryToken } from './senders/sender-checks.js';
import { SenderRoutes } from './senders/senders.routes.js';
import { EmailAdapterSettings, NotificationSettings } from './settings.js';
import { EmailV1Routes } from './templates/email-v1.routes.js';
import { ShippedTemplates, ShippedTemplatesToken } from './templates/shipped-templates.js';
import { TemplateEntity, TemplateTypeEntity } from './templates/template.entity.js';
import { TemplateRoutes } from './templates/templates.routes.js';

export default definePlugin({
  id: 'core.notifications',
  requires: ['core.organizations'],
  settings: [EmailAdapterSettings, NotificationSettings],
  entities: [SenderEntity, TemplateTypeEntity, TemplateEntity],
  migrations: [Notifications2026112100061],
  setup({ container, contribute, extensions, settings }) {
    container.provideValue(NotificationProviderRegistryToken, extensions(NotificationProviders));
    container.provideValue(DeploymentSenderToken, { sender: deploymentSender(settings(EmailAdapterSettings)) });
    container.provideValue(DefaultLocaleToken, settings(NotificationSettings).default_locale);
    container.provideLazily(ShippedTemplatesToken, (c) => new ShippedTemplates(c.get(ShippedConfigToken)));
    container.provide(ClientCredentialTokensToken, ClientCredentialTokens);
    container.provide(MessageGatewayToken, MessageGateway);
    container.provide(NotificationServiceToken, NotificationService);
    contribute(OutboxHandlers, TOPIC, container.build(NotificationDelivery));
    contribute(Routes, 'notification-failures', container.build(FailureRoutes).table());
    contribute(Routes, 'email-templates-v1', container.build(EmailV1Routes).table());
    for (const table of [...container.build(TemplateRoutes).tables(), ...container.build(SenderRoutes).tables()])
      contribute(Routes, table.name, table);
    return { start: () => container.get(ShippedTemplatesToken).load() };
  },
});
