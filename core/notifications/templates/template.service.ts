import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type Clock, ClockToken } from '#core/kernel';
import { type Database, DatabaseToken, isDuplicate } from '#core/persistence';
import { templateErrors } from '../errors.js';
import { Lineage } from '../lineage.js';
import type { Channel } from '../provider.js';
import { type ShippedTemplates, ShippedTemplatesToken } from './shipped-templates.js';
import { TemplateEntity, TemplateTypeEntity } from './template.entity.js';
import {
  comparableName,
  type Template,
  type TemplateText,
  type TemplateType,
  TYPE_NAME,
  typeIdOf,
} from './template.js';
import { type TemplatePlace, TemplateRepository } from './template.repository.js';

/** A type of an organization; names are compared without case and spaces. */
export interface TypeOf {
  readonly orgId: string;
  readonly channel: Channel;
  readonly name: string;
}

/** Template types and templates: those that ship with the server, and what organizations have made of them. */
@injectable()
export class TemplateService {
  constructor(
    @inject(TemplateRepository) private readonly repository: TemplateRepository,
    @inject(ShippedTemplatesToken) private readonly shipped: ShippedTemplates,
    @inject(Lineage) private readonly lineage: Lineage,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /** Types that an organization can use, in the order of their names. */
  async types(orgId: string, channel: Channel): Promise<TemplateType[]> {
    const own = await this.repository.types(orgId, channel);
    const all = [
      ...this.shipped.names(channel).map((name) => ({ name, system: true })),
      ...own.map(({ name }) => ({ name, system: false })),
    ];
    return all.sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
  }

  /** A type of the organization, or of the server. */
  async findType({ orgId, channel, name }: TypeOf): Promise<TemplateType | undefined> {
    // The name comes out of an id, so it may be anything.
    if (!TYPE_NAME.test(name)) return undefined;
    const wanted = comparableName(name);
    const shipped = this.shipped.find(channel, wanted);
    if (shipped) return { name: shipped.name, system: true };
    const own =
      (await this.repository.type(orgId, channel, name.toLowerCase())) ??
      (await this.repository.types(orgId, channel)).find((one) => comparableName(one.name) === wanted);
    return own ? { name: own.name, system: false } : undefined;
  }

  /** Adds a type, with templates of the organization. Throws ApiError NTM-65003 when the name is taken. */
  async addType(type: TypeOf, templates: readonly Template[] = []): Promise<TemplateType> {
    const { orgId, channel, name } = type;
    const nameKey = name.toLowerCase();
    if (await this.findType(type)) throw templateErrors.exists(`a template type ${name}`);
    const entity = Object.assign(new TemplateTypeEntity(), { orgId, channel, nameKey, name });
    entity.createdAt = this.clock.now();
    await this.#addOnce(`a template type ${name}`, async () => {
      await this.repository.insertType(entity);
      for (const template of templates) await this.repository.insert(this.#entity(type, '', template));
      await this.#note('Add-Notification-Template-Type', type);
    });
    return { name, system: false };
  }

  /** Deletes a type with all its templates. Throws ApiError NTM-65002, NTM-60016. */
  async deleteType(type: TypeOf): Promise<void> {
    const { name, system } = await this.#existing(type);
    if (system) throw templateErrors.systemType(name);
    await this.database.run(async () => {
      await this.repository.deleteType(type.orgId, type.channel, name.toLowerCase());
      await this.#note('Delete-Notification-Template-Type', type);
    });
  }

  /** Deletes everything that the organization and its applications have made of a type. Throws ApiError NTM-65002. */
  async reset(type: TypeOf): Promise<void> {
    const { name } = await this.#existing(type);
    await this.database.run(async () => {
      await this.repository.deleteAll(type.orgId, type.channel, name.toLowerCase());
      await this.#note('Reset-Notification-Template-Type', type);
    });
  }

  /** What ships with the server for a type. Throws ApiError NTM-65002. */
  async systemTemplates(type: TypeOf): Promise<readonly Template[]> {
    const { name } = await this.#existing(type);
    return this.shipped.find(type.channel, name)?.templates ?? [];
  }

  /**
   * Templates of an organization (no `appId`) or of one of its applications. Throws ApiError NTM-65002.
   *
   * @param resolve also those that it inherits: application, organization, ancestors, server; the nearest of each locale
   */
  async templates(type: TypeOf, appId: string, resolve: boolean): Promise<readonly Template[]> {
    const { name } = await this.#existing(type);
    const typeKey = name.toLowerCase();
    const { orgId, channel } = type;
    if (!resolve) return this.repository.templates({ orgId, channel, typeKey, appId });
    return [...(await this.#inherited(type, typeKey, appId)).values()];
  }

  /** Adds a template. Throws ApiError NTM-65002 and, when there is one for the locale, NTM-65003. */
  async add(type: TypeOf, appId: string, template: Template): Promise<void> {
    const { name } = await this.#existing(type);
    const entity = this.#entity({ ...type, name }, appId, template);
    await this.#addOnce(`a template of ${name} for ${template.locale}`, async () => {
      await this.repository.insert(entity);
      await this.#note('Add-Notification-Template', type, { locale: template.locale, appId });
    });
  }

  /** Puts templates in place of all that the organization has of a type itself. Throws ApiError NTM-65002. */
  async replaceAll(type: TypeOf, templates: readonly Template[]): Promise<void> {
    const { name } = await this.#existing(type);
    const { orgId, channel } = type;
    await this.#addOnce(`a template of ${name}`, async () => {
      await this.repository.deleteOf({ orgId, channel, typeKey: name.toLowerCase(), appId: '' });
      for (const template of templates) await this.repository.insert(this.#entity({ ...type, name }, '', template));
      const locales = templates.map(({ locale }) => locale);
      await this.#note('Update-Notification-Template-Type', type, { locales });
    });
  }

  /** Replaces a template. Throws ApiError NTM-65002, NTM-65004. */
  async replace(type: TypeOf, appId: string, locale: string, text: TemplateText): Promise<void> {
    const { name } = await this.#existing(type);
    const { orgId, channel } = type;
    const change = { ...text, modifiedAt: this.clock.now() };
    await this.database.run(async () => {
      const place = { orgId, channel, typeKey: name.toLowerCase(), appId };
      if (!(await this.repository.update(place, locale, change))) throw templateErrors.noSuchTemplate(name, locale);
      await this.#note('Update-Notification-Template', type, { locale, appId });
    });
  }

  /** Deletes a template; what it stood over counts again. Throws ApiError NTM-65002, NTM-65004. */
  async delete(type: TypeOf, appId: string, locale: string): Promise<void> {
    const { name } = await this.#existing(type);
    const { orgId, channel } = type;
    await this.database.run(async () => {
      const place = { orgId, channel, typeKey: name.toLowerCase(), appId };
      if (!(await this.repository.delete(place, locale))) throw templateErrors.noSuchTemplate(name, locale);
      await this.#note('Delete-Notification-Template', type, { locale, appId });
    });
  }

  async #inherited(type: TypeOf, typeKey: string, appId: string): Promise<Map<string, Template>> {
    const { orgId, channel } = type;
    const found = new Map<string, Template>();
    const take = (templates: readonly Template[]) => {
      for (const template of templates) if (!found.has(template.locale)) found.set(template.locale, template);
    };
    if (appId !== '') take(await this.repository.templates({ orgId, channel, typeKey, appId }));
    for (const { id } of await this.lineage.of(orgId))
      take(await this.repository.templates({ orgId: id, channel, typeKey, appId: '' }));
    take(this.shipped.find(channel, typeKey)?.templates ?? []);
    return found;
  }

  #entity({ orgId, channel, name }: TypeOf, appId: string, template: Template): TemplateEntity {
    const place: TemplatePlace = { orgId, channel, typeKey: name.toLowerCase(), appId };
    return Object.assign(new TemplateEntity(), { ...place, ...template, modifiedAt: this.clock.now() });
  }

  async #existing(type: TypeOf): Promise<TemplateType> {
    const found = await this.findType(type);
    if (!found) throw templateErrors.noSuchType(typeIdOf(type.name));
    return found;
  }

  /** Of two that add the same at the same time, the key lets one pass. */
  async #addOnce(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await this.database.run(work);
    } catch (error) {
      if (isDuplicate(error)) throw templateErrors.exists(what);
      throw error;
    }
  }

  async #note(action: string, { orgId, channel, name }: TypeOf, data: Record<string, unknown> = {}): Promise<void> {
    const target = { targetId: typeIdOf(name), targetType: 'NotificationTemplateType' };
    await this.audit.record({ orgId, action, ...target, data: { channel, name, ...data } });
  }
}
