import { inject, injectable } from 'tsyringe';
import { type Database, DatabaseToken } from '#core/persistence';
import type { Channel } from '../provider.js';
import { TemplateEntity, TemplateTypeEntity } from './template.entity.js';

/** Templates of one type, of an organization or of one of its applications. */
export interface TemplatePlace {
  readonly orgId: string;
  readonly channel: Channel;
  /** Name of the type in lower case. */
  readonly typeKey: string;
  /** Empty for the whole organization. */
  readonly appId: string;
}

/** Rows of template types and templates. */
@injectable()
export class TemplateRepository {
  constructor(@inject(DatabaseToken) private readonly database: Database) {}

  types(orgId: string, channel: Channel): Promise<TemplateTypeEntity[]> {
    return this.database.manager.find(TemplateTypeEntity, { where: { orgId, channel }, order: { nameKey: 'ASC' } });
  }

  type(orgId: string, channel: Channel, nameKey: string): Promise<TemplateTypeEntity | null> {
    return this.database.manager.findOneBy(TemplateTypeEntity, { orgId, channel, nameKey });
  }

  async insertType(type: TemplateTypeEntity): Promise<void> {
    await this.database.manager.insert(TemplateTypeEntity, type);
  }

  /** Deletes a type with all its templates. */
  async deleteType(orgId: string, channel: Channel, nameKey: string): Promise<void> {
    await this.deleteAll(orgId, channel, nameKey);
    await this.database.manager.delete(TemplateTypeEntity, { orgId, channel, nameKey });
  }

  templates(place: TemplatePlace): Promise<TemplateEntity[]> {
    return this.database.manager.find(TemplateEntity, { where: place, order: { locale: 'ASC' } });
  }

  async insert(template: TemplateEntity): Promise<void> {
    await this.database.manager.insert(TemplateEntity, template);
  }

  /** Returns whether there was one. */
  async update(place: TemplatePlace, locale: string, change: Partial<TemplateEntity>): Promise<boolean> {
    // A count of changed rows would not do: MariaDB counts those that were matched, MySQL those that differ.
    if (!(await this.database.manager.existsBy(TemplateEntity, { ...place, locale }))) return false;
    await this.database.manager.update(TemplateEntity, { ...place, locale }, change);
    return true;
  }

  /** Returns whether there was one. */
  async delete(place: TemplatePlace, locale: string): Promise<boolean> {
    const { affected } = await this.database.manager.delete(TemplateEntity, { ...place, locale });
    return (affected ?? 0) > 0;
  }

  /** Deletes all templates of a place. */
  async deleteOf(place: TemplatePlace): Promise<void> {
    await this.database.manager.delete(TemplateEntity, place);
  }

  /** Deletes all templates of a type that the organization and its applications have. */
  async deleteAll(orgId: string, channel: Channel, typeKey: string): Promise<void> {
    await this.database.manager.delete(TemplateEntity, { orgId, channel, typeKey });
  }
}
