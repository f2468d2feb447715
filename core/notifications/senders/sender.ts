import type { z } from 'zod';
import { isSecret, shapeOf } from '#core/kernel';
import type { Channel, NotificationProvider, SenderAuthentication } from '../provider.js';

/** Texts by name. */
export type Properties = Readonly<Record<string, string>>;

/** A sender as the API gives it: nothing checked yet but its form. */
export interface SenderDraft {
  readonly channel: Channel;
  /** That of the channel when absent. */
  readonly name: string | undefined;
  readonly provider: string;
  readonly properties: Properties;
  readonly authentication: { readonly type: string; readonly properties: Properties };
}

/** Who sends the messages of a channel. */
export interface Sender {
  readonly channel: Channel;
  readonly name: string;
  /** Type of the provider, as it writes itself. */
  readonly provider: string;
  readonly properties: Properties;
  readonly authentication: SenderAuthentication;
}

/** Names of senders that are given none. */
export const DEFAULT_NAMES: Readonly<Record<Channel, string>> = { EMAIL: 'EmailPublisher', SMS: 'SMSPublisher' };

/** Names under which secrets are written, whatever the provider. */
const SECRETS = new Set(['password', 'clientSecret', 'accessToken', 'token', 'apiKeyValue', 'secret']);

/** Properties that may be shown. @param provider undefined when it is no longer installed */
export function shownProperties(properties: Properties, provider: NotificationProvider | undefined): Properties {
  const shape = (provider && shapeOf(provider.properties)) ?? {};
  const marked = new Set(Object.keys(shape).filter((name) => isSecret(shape[name] as z.ZodType)));
  const hidden = (name: string) => SECRETS.has(name) || marked.has(name);
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !hidden(name)));
}
