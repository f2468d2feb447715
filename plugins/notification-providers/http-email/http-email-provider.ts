import {
  filledPayload,
  type MessageGateway,
  type NotificationMessage,
  type NotificationProvider,
  PAYLOAD_TYPES,
  type ProviderSender,
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
    const { providerURL: url, contentType, body, fromAddress = '', ...rest } = sender.properties;
    const { id, to, subject, name } = message;
    const values = { body: message.body, subject, 'send-to': to, 'from-address': fromAddress, name, 'message-id': id };
    const request = {
      url,
      method: rest['http.client.method'],
      headers: { 'content-type': PAYLOAD_TYPES[contentType], ...rest['http.headers'] },
      body: filledPayload(body, contentType, values),
      timeout: this.timeout,
    };
    await this.gateway.send(request, sender.authentication);
  }
}
