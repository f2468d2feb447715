import {
  type MessageGateway,
  type NotificationMessage,
  type NotificationProvider,
  type ProviderSender,
  templatedRequest,
} from '#core/notifications';
import { type HttpEmailProperties, httpEmailProperties } from './http-email-properties.js';

/** Sends e-mail by any service that takes it by HTTP. */
export class HttpEmailProvider implements NotificationProvider<HttpEmailProperties> {
  readonly channel = 'EMAIL';
  readonly type = 'HTTP';
  readonly displayName = 'HTTP service';
  readonly authentication = ['NONE', 'BASIC', 'BEARER', 'API_KEY', 'CLIENT_CREDENTIAL'] as const;
  readonly properties = httpEmailProperties;

  /** @param timeout milliseconds for a whole answer */
  constructor(
    private readonly gateway: MessageGateway,
    private readonly timeout: number,
  ) {}

  async send(message: NotificationMessage, sender: ProviderSender<HttpEmailProperties>): Promise<void> {
    const { properties, authentication } = sender;
    const { id, to, subject, name, body } = message;
    const from = properties.fromAddress ?? '';
    const values = { body, subject, 'send-to': to, 'from-address': from, name, 'message-id': id };
    const request = {
      url: properties.providerURL,
      method: properties['http.client.method'],
      headers: properties['http.headers'],
      timeout: this.timeout,
    };
    await this.gateway.send(templatedRequest(request, properties, values), authentication);
  }
}
