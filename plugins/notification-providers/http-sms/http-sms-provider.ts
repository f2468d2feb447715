import {
  type MessageGateway,
  type NotificationMessage,
  type NotificationProvider,
  type ProviderSender,
  templatedRequest,
} from '#core/notifications';
import type { HttpSmsConfig } from './config.js';
import { type HttpSmsProperties, httpSmsProperties } from './http-sms-properties.js';

/** Sends SMS by any gateway that takes them by HTTP. */
export class HttpSmsProvider implements NotificationProvider<HttpSmsProperties> {
  readonly channel = 'SMS';
  readonly type = 'Custom';
  readonly displayName = 'HTTP gateway';
  readonly authentication = ['NONE', 'BASIC', 'BEARER', 'API_KEY', 'CLIENT_CREDENTIAL'] as const;
  readonly properties = httpSmsProperties;

  constructor(
    private readonly gateway: MessageGateway,
    private readonly config: HttpSmsConfig,
  ) {}

  async send(message: NotificationMessage, sender: ProviderSender<HttpSmsProperties>): Promise<void> {
    const { properties, authentication } = sender;
    const { key, secret, sender: from } = properties;
    const values = { body: message.body, mobile: message.to, sender: from, key, secret, 'message-id': message.id };
    const request = {
      url: properties.providerURL,
      method: properties['http.method'],
      headers: properties['http.headers'],
      timeout: this.config.connection_timeout + this.config.connection_read_timeout,
    };
    await this.gateway.send(templatedRequest(request, properties, values), authentication);
  }
}
