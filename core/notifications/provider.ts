import type { z } from 'zod';
import { extensionPoint } from '#core/kernel';

/** Ways to reach people. A third one, push, has devices in place of addresses and comes with them. */
export const CHANNELS = ['EMAIL', 'SMS'] as const;

/** A way to reach people. */
export type Channel = (typeof CHANNELS)[number];

/** A message that is ready to go. */
export interface NotificationMessage {
  /** Idempotency key: the same at every attempt. */
  readonly id: string;
  /** An e-mail address or a phone number, checked. */
  readonly to: string;
  /** Name of the recipient, on one line; may be empty. */
  readonly name: string;
  /** On one line; empty for SMS. */
  readonly subject: string;
  readonly body: string;
  /** Media type of the body: `text/html`, `text/plain`. */
  readonly contentType: string;
}

/** How a sender authenticates at the server of the provider. */
export type SenderAuthentication =
  | { readonly type: 'NONE' }
  | { readonly type: 'BASIC'; readonly username: string; readonly password: string }
  | { readonly type: 'BEARER'; readonly accessToken: string }
  | { readonly type: 'API_KEY'; readonly header: string; readonly value: string }
  | {
      readonly type: 'CLIENT_CREDENTIAL';
      readonly clientId: string;
      readonly clientSecret: string;
      readonly tokenEndpoint: string;
      readonly scopes: string;
    };

/** What a provider sends with. */
export interface ProviderSender<P> {
  /** As the schema of the provider has read them. */
  readonly properties: P;
  readonly authentication: SenderAuthentication;
  /** Whether the operator has written it: only then may it lead into private networks unasked. */
  readonly trusted: boolean;
}

/** A kind of senders: what one has to say about itself, and how it sends. */
export interface NotificationProvider<P = unknown> {
  readonly channel: Channel;
  /** Name in the senders API: `SMTP`, `Custom`. Compared without case. */
  readonly type: string;
  readonly displayName: string;
  /** Ways to authenticate that it understands; the first one is that of senders that do not say. */
  readonly authentication: readonly SenderAuthentication['type'][];
  /**
   * Schema of the properties: an object whose members read texts. Those of the API that stand beside the list of
   * properties are among them: `fromAddress`, `smtpServerHost`, `smtpPort`, `providerURL`, `key`, `secret`, `sender`,
   * `contentType`. A member marked secret, see `secretText`, is never shown.
   */
  readonly properties: z.ZodType<P>;
  /**
   * Sends, once. Called outside of any unit of work; must end within 30 seconds.
   *
   * @throws UndeliverableError when no further attempt can succeed; any other error has it tried again. The message is
   * for operators and has no secrets.
   */
  send(message: NotificationMessage, sender: ProviderSender<P>): Promise<void>;
}

/** Kinds of senders; the id of a contribution is its channel and type in lower case: `email.smtp`. */
export const NotificationProviders = extensionPoint<NotificationProvider>('notification-providers');
