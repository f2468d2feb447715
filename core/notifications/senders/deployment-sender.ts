import type { z } from 'zod';
import type { SenderAuthentication } from '../provider.js';
import type { EmailAdapterSettings } from '../settings.js';
import { DEFAULT_NAMES, type Sender } from './sender.js';

type EmailAdapter = z.output<(typeof EmailAdapterSettings)['schema']>;

/** The e-mail sender of `[output_adapter.email]`; undefined when there is none. */
export function deploymentSender(adapter: EmailAdapter): Sender | undefined {
  if (adapter.from_address === '') return undefined;
  const optional: [string, string][] = [
    ['mail.smtp.signature', adapter.signature],
    ['mail.smtp.replyTo', adapter.reply_to],
    ['userName', adapter.auth_type === 'CLIENT_CREDENTIAL' ? adapter.username : ''],
  ];
  return {
    channel: 'EMAIL',
    name: DEFAULT_NAMES.EMAIL,
    provider: 'SMTP',
    properties: {
      fromAddress: adapter.from_address,
      smtpServerHost: adapter.hostname,
      smtpPort: String(adapter.port),
      'mail.smtp.starttls.enable': String(adapter.enable_start_tls),
      ...Object.fromEntries(optional.filter(([, value]) => value !== '')),
    },
    authentication: authenticationOf(adapter),
  };
}

function authenticationOf(adapter: EmailAdapter): SenderAuthentication {
  if (!adapter.enable_authentication) return { type: 'NONE' };
  const { auth_type: type, username, password } = adapter;
  if (type === 'BASIC') return { type, username, password };
  const { client_id: clientId, client_secret: clientSecret, token_endpoint: tokenEndpoint, scopes } = adapter;
  return { type, clientId, clientSecret, tokenEndpoint, scopes };
}
