export { type ClientCredentialTokens, ClientCredentialTokensToken } from './client-credential-tokens.js';
export { /** @public */ NotificationError } from './errors.js';
export { type MessageGateway, MessageGatewayToken } from './message-gateway.js';
export {
  /** @public */ type NotificationOrder,
  /** @public */ type NotificationService,
  NotificationServiceToken,
  /** @public */ type Recipient,
} from './notification.service.js';
export {
  /** @public */ type Channel,
  type NotificationMessage,
  type NotificationProvider,
  NotificationProviders,
  type ProviderSender,
  /** @public */ type SenderAuthentication,
} from './provider.js';
export { isEmailAddress } from './recipients.js';
export { checkTemplate, requestHeaders, requestMethod, templatedRequest } from './templated-request.js';
