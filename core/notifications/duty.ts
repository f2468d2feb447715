import type { Channel } from './provider.js';
import type { Placeholders } from './templates/template.js';

/** Topic of the outbox. */
export const TOPIC = 'notification';
/** For what the secret box seals {@link NotifiedPerson}. */
export const SEAL_PURPOSE = 'notification';

/** What the outbox keeps of a notification. */
export interface NotificationDuty {
  readonly channel: Channel;
  /** Name of the template type. */
  readonly template: string;
  /** The address as it may be shown. */
  readonly to: string;
  /** Empty: none. */
  readonly applicationId: string;
  readonly expiresAt?: number;
  /** A {@link NotifiedPerson}: links and codes among the placeholders are as good as credentials. */
  readonly sealed: string;
}

/** Who is notified of what. */
export interface NotifiedPerson {
  readonly address: string;
  readonly name: string;
  readonly locale?: string;
  readonly placeholders: Placeholders;
}
