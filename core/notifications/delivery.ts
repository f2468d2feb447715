import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type SecretBox, SecretBoxToken } from '#core/crypto';
import { type Clock, ClockToken, GatehouseError, reasonOf, token } from '#core/kernel';
import { type OutboxDelivery, type OutboxHandler, UndeliverableError } from '#core/persistence';
import { type NotificationDuty, type NotifiedPerson, SEAL_PURPOSE } from './duty.js';
import { Lineage } from './lineage.js';
import { SenderService } from './senders/sender.service.js';
import { inOrderOfPreference } from './templates/locales.js';
import { type Rendered, rendered } from './templates/rendering.js';
import { TemplateService } from './templates/template.service.js';

/** Injection token of `[notifications] default_locale`. */
export const DefaultLocaleToken = token<string>('notifications.default-locale');

const where = { EMAIL: 'or fill in [output_adapter.email] of deployment.toml', SMS: '' } as const;

/** Sends what stands in the outbox. */
@injectable()
export class NotificationDelivery implements OutboxHandler {
  constructor(
    @inject(SenderService) private readonly senders: SenderService,
    @inject(TemplateService) private readonly templates: TemplateService,
    @inject(Lineage) private readonly lineage: Lineage,
    @inject(SecretBoxToken) private readonly box: SecretBox,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(DefaultLocaleToken) private readonly defaultLocale: string,
  ) {}

  async deliver({ id, orgId, payload }: OutboxDelivery): Promise<void> {
    const duty = payload as NotificationDuty;
    if (duty.expiresAt !== undefined && duty.expiresAt <= this.clock.now())
      throw new UndeliverableError('it could not be sent before it expired');
    const person = this.#opened(duty);
    const sender = await this.senders.inForce(orgId, duty.channel);
    if (!sender) {
      const advice = `add one by /api/server/v2/notification-senders ${where[duty.channel]}`.trimEnd();
      throw new UndeliverableError(`the organization has no ${duty.channel} sender: ${advice}`);
    }
    const { address: to, name } = person;
    const message = { id, to, name, ...(await this.#written(orgId, duty, person)) };
    try {
      await sender.send(message);
    } catch (error) {
      throw withoutAddress(error, to, duty.to);
    }
  }

  async gaveUp({ id, orgId, payload }: OutboxDelivery, reason: string): Promise<void> {
    const { channel, template, to } = payload as NotificationDuty;
    const data = { channel, template, to, reason };
    await this.audit.record({ orgId, action: 'Notification-Failed', targetId: id, targetType: 'Notification', data });
  }

  #opened({ sealed }: NotificationDuty): NotifiedPerson {
    const text = this.box.open(SEAL_PURPOSE, sealed);
    if (text === undefined) throw new UndeliverableError('it was sealed with a master key that is no longer there');
    return JSON.parse(text) as NotifiedPerson;
  }

  async #written(orgId: string, duty: NotificationDuty, person: NotifiedPerson): Promise<Rendered> {
    const { channel, template: name, applicationId } = duty;
    const type = { orgId, channel, name };
    const templates = (await this.templates.findType(type))
      ? await this.templates.templates(type, applicationId, true)
      : [];
    const locales = templates.map(({ locale }) => locale);
    const [locale] = inOrderOfPreference(locales, person.locale, this.defaultLocale);
    const template = templates.find((one) => one.locale === locale);
    if (!template) throw new UndeliverableError(`there is no template of ${name} in any language`);
    return rendered(template, { ...(await this.#always(orgId, person.name)), ...person.placeholders });
  }

  async #always(orgId: string, userName: string): Promise<Record<string, string>> {
    const line = await this.lineage.of(orgId);
    return {
      'user-name': userName,
      'organization-name': line[0]?.name ?? '',
      'tenant-domain': line.at(-1)?.handle ?? '',
      'current-year': String(new Date(this.clock.now()).getUTCFullYear()),
    };
  }
}

/** Servers like to repeat the address; the reason is kept and shown, so there it is masked. */
function withoutAddress(error: unknown, address: string, shown: string): Error {
  const text = reasonOf(error).replaceAll(address, shown).slice(0, 1000);
  if (error instanceof UndeliverableError) return new UndeliverableError(text, { cause: error });
  return new GatehouseError('not_sent', text, { cause: error });
}
