import { isIP } from 'node:net';
import { createTransport, type SendMailOptions } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport';
import { OutboundError, type OutboundHttp } from '#core/http';
import { GatehouseError, reasonOf } from '#core/kernel';
import type {
  ClientCredentialTokens,
  NotificationMessage,
  NotificationProvider,
  ProviderSender,
} from '#core/notifications';
import { UndeliverableError } from '#core/persistence';
import type { SmtpConfig } from './config.js';
import { type SmtpProperties, smtpProperties } from './smtp-properties.js';

type Sender = ProviderSender<SmtpProperties>;

/** On this port TLS begins before anything is said (RFC 8314). */
const IMPLICIT_TLS_PORT = 465;

/** Sends e-mail by SMTP, with a connection for each message. */
export class SmtpProvider implements NotificationProvider<SmtpProperties> {
  readonly channel = 'EMAIL';
  readonly type = 'SMTP';
  readonly displayName = 'SMTP';
  readonly authentication = ['BASIC', 'CLIENT_CREDENTIAL', 'NONE'] as const;
  readonly properties = smtpProperties;

  constructor(
    private readonly http: OutboundHttp,
    private readonly tokens: ClientCredentialTokens,
    private readonly config: SmtpConfig,
  ) {}

  async send(message: NotificationMessage, sender: Sender): Promise<void> {
    const transport = createTransport(await this.#connection(sender));
    try {
      await transport.sendMail(mailOf(message, sender.properties));
    } catch (error) {
      throw this.#failure(error, sender);
    } finally {
      transport.close();
    }
  }

  async #connection(sender: Sender): Promise<SMTPTransport.Options> {
    const { smtpServerHost: name, smtpPort: port, 'mail.smtp.starttls.enable': startTls } = sender.properties;
    const { authorities } = this.http;
    const auth = await this.#credentials(sender);
    return {
      host: await this.#address(name, sender.trusted),
      port,
      secure: port === IMPLICIT_TLS_PORT,
      requireTLS: startTls,
      ignoreTLS: !startTls,
      tls: {
        minVersion: 'TLSv1.2',
        ...(isIP(name) === 0 ? { servername: name } : {}),
        ...(authorities ? { ca: [...authorities] } : {}),
      },
      ...(auth ? { auth } : {}),
      connectionTimeout: this.config.connection_timeout,
      greetingTimeout: this.config.connection_timeout,
      socketTimeout: this.config.read_timeout,
      disableFileAccess: true,
      disableUrlAccess: true,
    };
  }

  /** A sender of an organization must not reach what stands behind the firewall of the server. */
  async #address(name: string, trusted: boolean): Promise<string> {
    if (trusted) return name;
    try {
      return await this.http.addressOf(name);
    } catch (error) {
      if (error instanceof OutboundError && error.reason === 'refused')
        throw new UndeliverableError(error.message, { cause: error });
      throw error;
    }
  }

  async #credentials({ properties, authentication }: Sender): Promise<SMTPTransport.Options['auth']> {
    switch (authentication.type) {
      case 'BASIC':
        return { user: authentication.username, pass: authentication.password };
      case 'CLIENT_CREDENTIAL': {
        const accessToken = await this.tokens.get(authentication);
        return { type: 'OAuth2', user: properties.userName ?? properties.fromAddress, accessToken };
      }
      default:
        return undefined;
    }
  }

  #failure(error: unknown, { properties, authentication }: Sender): Error {
    const { code, responseCode = 0 } = error as { code?: string; responseCode?: number };
    const { smtpServerHost: host, smtpPort: port } = properties;
    const text = `the mail server ${host}:${port} has not taken the message: ${reasonOf(error)}`;
    if (code === 'EAUTH' && authentication.type === 'CLIENT_CREDENTIAL') this.tokens.forget(authentication);
    const isRefusal = (code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode >= 500;
    if (isRefusal) return new UndeliverableError(text, { cause: error });
    return new GatehouseError('mail_failed', text, { cause: error });
  }
}

function mailOf(
  { id, to, name, subject, body, contentType }: NotificationMessage,
  own: SmtpProperties,
): SendMailOptions {
  const { fromAddress, 'mail.smtp.signature': signature, 'mail.smtp.replyTo': replyTo } = own;
  const domain = fromAddress.slice(fromAddress.lastIndexOf('@') + 1);
  return {
    from: { name: signature, address: fromAddress },
    to: { name, address: to },
    ...(replyTo ? { replyTo } : {}),
    subject,
    ...(/^text\/html\b/i.test(contentType) ? { html: body } : { text: body }),
    // The same at every attempt, so that a message that has come twice is seen to be one.
    messageId: `<${id}@${domain}>`,
    // RFC 3834: holiday notices need not answer.
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}
