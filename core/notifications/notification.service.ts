import { inject, injectable } from 'tsyringe';
import { type SecretBox, SecretBoxToken } from '#core/crypto';
import { token } from '#core/kernel';
import { type Outbox, OutboxToken } from '#core/persistence';
import { type NotificationDuty, SEAL_PURPOSE, TOPIC } from './duty.js';
import { NotificationError } from './errors.js';
import type { Channel } from './provider.js';
import { checkedAddress, maskedAddress } from './recipients.js';
import { SenderService } from './senders/sender.service.js';
import { onOneLine } from './templates/rendering.js';
import type { Placeholders } from './templates/template.js';
import { TemplateService } from './templates/template.service.js';

/** Injection token of {@link NotificationService}. */
export const NotificationServiceToken = token<NotificationService>('notifications.service');

/** Whom a notification is for. Users stand above this room, so it is told what it has to know of them. */
export interface Recipient {
  /** E-mail address or phone number. */
  readonly address: string;
  /** Shown beside the address, and what `{{user-name}}` says when the placeholders do not. */
  readonly name?: string | undefined;
  /** The locale claim, in any form. */
  readonly locale?: string | undefined;
}

/** A notification to send. */
export interface NotificationOrder {
  readonly orgId: string;
  readonly channel: Channel;
  /** Name of the template type. */
  readonly template: string;
  readonly to: Recipient;
  /** Beside those that are always there: `organization-name`, `tenant-domain`, `current-year`. Kept sealed. */
  readonly placeholders: Placeholders;
  /** Application whose own templates come first. */
  readonly applicationId?: string | undefined;
  /** Milliseconds since the epoch: from then on it is of no use and is given up. */
  readonly expiresAt?: number | undefined;
}

/** Sends notifications: by e-mail or SMS, in the language of the recipient, as the organization words them. */
@injectable()
export class NotificationService {
  constructor(
    @inject(OutboxToken) private readonly outbox: Outbox,
    @inject(TemplateService) private readonly templates: TemplateService,
    @inject(SenderService) private readonly senders: SenderService,
    @inject(SecretBoxToken) private readonly box: SecretBox,
  ) {}

  /**
   * Notes a notification in the unit of work in progress; it is sent after the commit, again and again until it has
   * gone or is given up, see `notification-failures`. Returns its id.
   *
   * @throws NotificationError for an address that is none, and a template type that is not there
   */
  async send(order: NotificationOrder): Promise<string> {
    const { orgId, channel, template: name, to, applicationId, expiresAt } = order;
    const address = checkedAddress(channel, to.address);
    const type = await this.templates.findType({ orgId, channel, name });
    if (!type) throw new NotificationError('unknown_template', `There is no ${channel} template type ${name}.`);
    const person = { address, name: onOneLine(to.name ?? ''), locale: to.locale, placeholders: order.placeholders };
    const duty: NotificationDuty = {
      channel,
      template: type.name,
      to: maskedAddress(channel, address),
      applicationId: applicationId ?? '',
      ...(expiresAt === undefined ? {} : { expiresAt }),
      sealed: this.box.seal(SEAL_PURPOSE, JSON.stringify(person)),
    };
    return this.outbox.add(orgId, TOPIC, duty);
  }

  /** Whether somebody sends on this channel for the organization. */
  hasSender(orgId: string, channel: Channel): Promise<boolean> {
    return this.senders.hasSender(orgId, channel);
  }
}
