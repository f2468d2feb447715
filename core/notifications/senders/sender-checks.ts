import { inject, injectable } from 'tsyringe';
import { type Registry, token } from '#core/kernel';
import { UndeliverableError } from '#core/persistence';
import { senderErrors } from '../errors.js';
import type { Channel, NotificationMessage, NotificationProvider } from '../provider.js';
import { checkedAuthentication } from './authentication.js';
import type { Sender, SenderDraft } from './sender.js';

/** Injection token of the providers. */
export const NotificationProviderRegistryToken = token<Registry<NotificationProvider>>('notifications.providers');

/** A sender that is ready to send. */
export interface CheckedSender {
  readonly sender: Sender;
  send(message: NotificationMessage): Promise<void>;
}

/** Brings senders and their providers together. */
@injectable()
export class SenderChecks {
  constructor(@inject(NotificationProviderRegistryToken) private readonly providers: Registry<NotificationProvider>) {}

  /** The provider of a channel with this type, whatever its case. */
  provider(channel: Channel, type: string): NotificationProvider | undefined {
    return this.providers.all().find((one) => one.channel === channel && one.type.toLowerCase() === type.toLowerCase());
  }

  /** Checks a sender as its provider wants it. Throws ApiError NSM-60001, NSM-60003, NSM-60012. */
  check(draft: SenderDraft & { readonly name: string }): Sender {
    const { channel, name, properties } = draft;
    const provider = this.provider(channel, draft.provider);
    if (!provider) throw senderErrors.noSuchProvider(draft.provider, this.#known(channel));
    const { type, properties: given } = draft.authentication;
    const authentication = checkedAuthentication(type, given, provider.authentication);
    const { success, error } = provider.properties.safeParse(properties);
    if (!success) {
      const problems = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      throw senderErrors.invalid(`The provider ${provider.type} refuses the properties. ${problems.join('; ')}`);
    }
    return { channel, name, provider: provider.type, properties, authentication };
  }

  /** Makes a stored sender ready. Throws UndeliverableError when its provider is gone or wants other properties now. */
  forUse(sender: Sender, trusted: boolean): CheckedSender {
    const { channel, name, authentication } = sender;
    const provider = this.provider(channel, sender.provider);
    if (!provider) throw new UndeliverableError(`no plugin has the provider ${sender.provider} of the sender ${name}`);
    const { success, data, error } = provider.properties.safeParse(sender.properties);
    if (!success) throw new UndeliverableError(`the sender ${name} is not complete: ${error.message}`);
    return { sender, send: (message) => provider.send(message, { properties: data, authentication, trusted }) };
  }

  #known(channel: Channel): string[] {
    return this.providers.all().flatMap((one) => (one.channel === channel ? [one.type] : []));
  }
}
