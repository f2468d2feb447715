import { createHash } from 'node:crypto';
import { inject, injectable } from 'tsyringe';
import { v7 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import type { ListFilter, Page } from '#core/http';
import { type Database, DatabaseToken, isDuplicate } from '#core/persistence';
import { ConsentPurposeEntity, PurposeVersionEntity } from './consent.entities.js';
import { consentErrors } from './consent-errors.js';
import { ConsentNumbers } from './consent-numbers.js';
import { ConsentedPurposeEntity } from './consent-record.entities.js';
import { type CursorItems, type CursorPage, isId, readPage } from './cursor-page.js';
import { addFilter } from './list-conditions.js';
import { type NewVersion, PurposeVersions } from './purpose-version.service.js';

/** A purpose to be, with its first version. */
export interface NewPurpose {
  readonly name: string;
  readonly type: string;
  readonly group?: string | undefined;
  readonly description?: string | undefined;
  readonly version: Omit<NewVersion, 'description'>;
}

/** Which purposes a list of version 1 shows. */
export interface PurposeGroup {
  readonly group?: string | undefined;
  readonly type?: string | undefined;
}

/** Names in any case are the same. A hash, because three long texts are too long for the index of some databases. */
function uniqueKey(name: string, type: string, group: string): string {
  const text = JSON.stringify([name, type, group].map((part) => part.toLowerCase()));
  return createHash('sha256').update(text).digest('base64url');
}

/** What data is used for. */
@injectable()
export class ConsentPurposes {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ConsentNumbers) private readonly numbers: ConsentNumbers,
    @inject(PurposeVersions) private readonly versions: PurposeVersions,
  ) {}

  /**
   * Makes one with its first version.
   *
   * @throws ApiError CMT-60010 when there is one of this name, type and group, CMT-60017 for an unknown element
   */
  async create(orgId: string, given: NewPurpose): Promise<ConsentPurposeEntity> {
    const { name, type, group = '', description = null, version } = given;
    const texts = { name, nameKey: name.toLowerCase(), type, typeKey: type.toLowerCase(), group, description };
    const row = { id: uuid(), orgId, ...texts, uniqueKey: uniqueKey(name, type, group), latestVersionId: uuid() };
    try {
      return await this.numbers.run(async () => {
        const purpose = { ...row, number: await this.numbers.next(orgId, 'purpose') };
        await this.database.manager.insert(ConsentPurposeEntity, purpose);
        await this.versions.insert(purpose, row.latestVersionId, version);
        await this.#noted(purpose, 'add-consent-purpose', { name, type, group, version: version.label });
        return purpose;
      });
    } catch (error) {
      throw isDuplicate(error) ? consentErrors.purposeExists(name) : error;
    }
  }

  /** A purpose by its id. @throws ApiError CMT-60005 */
  async get(orgId: string, id: string): Promise<ConsentPurposeEntity> {
    const found = await this.find(orgId, id);
    if (!found) throw consentErrors.purposeNotFound(id);
    return found;
  }

  /** A purpose by its id. */
  async find(orgId: string, id: string): Promise<ConsentPurposeEntity | null> {
    return isId(id) ? this.database.manager.findOneBy(ConsentPurposeEntity, { orgId, id }) : null;
  }

  /** A purpose by its number. */
  findNumbered(orgId: string, number: number): Promise<ConsentPurposeEntity | null> {
    return this.database.manager.findOneBy(ConsentPurposeEntity, { orgId, number });
  }

  /** A purpose that the unit of work in progress is going to use or change. @throws ApiError CMT-60005 */
  async hold(orgId: string, id: string): Promise<ConsentPurposeEntity> {
    const { manager, holding } = this.database;
    const found = await manager.findOne(ConsentPurposeEntity, { where: { orgId, id }, ...holding });
    if (!found) throw consentErrors.purposeNotFound(id);
    return found;
  }

  /** A page in the order of their making. */
  list(orgId: string, page: CursorPage, filter: ListFilter = []): Promise<CursorItems<ConsentPurposeEntity>> {
    const query = () => {
      const all = this.database.manager
        .createQueryBuilder(ConsentPurposeEntity, 'purpose')
        .where('purpose.orgId = :orgId', { orgId });
      const column = (attribute: string) => (attribute === 'type' ? 'purpose.typeKey' : 'purpose.nameKey');
      if (filter.length > 0) addFilter(all, filter, (attribute, like) => ({ sql: `${column(attribute)} ${like}` }));
      return all;
    };
    return readPage(query, 'purpose', page);
  }

  /** A page in the order of numbers. */
  numberedPage(orgId: string, { limit, offset }: Page, { group, type }: PurposeGroup): Promise<ConsentPurposeEntity[]> {
    const where = { orgId, ...(group === undefined ? {} : { group }), ...(type === undefined ? {} : { type }) };
    const page = { take: limit, skip: offset } as const;
    return this.database.manager.find(ConsentPurposeEntity, { where, order: { number: 'ASC' }, ...page });
  }

  /** Removes one with its versions. @throws ApiError CMT-60005 when there is none, CMT-60014 when it has consents */
  async delete(orgId: string, id: string): Promise<void> {
    if (!isId(id)) throw consentErrors.purposeNotFound(id);
    await this.database.run(async () => {
      const { manager } = this.database;
      const purpose = await this.hold(orgId, id);
      if (await manager.existsBy(ConsentedPurposeEntity, { orgId, purposeId: id })) throw consentErrors.purposeInUse();
      await this.versions.deleteAll(purpose);
      await manager.delete(ConsentPurposeEntity, { orgId, id });
      await this.#noted(purpose, 'delete-consent-purpose', { name: purpose.name, type: purpose.type });
    });
  }

  /** Adds a version. @throws ApiError CMT-60005, CMT-60011 when there is one of this name, CMT-60017 */
  async addVersion(
    orgId: string,
    id: string,
    version: NewVersion,
    setAsLatest: boolean,
  ): Promise<PurposeVersionEntity> {
    if (!isId(id)) throw consentErrors.purposeNotFound(id);
    try {
      return await this.database.run(async () => {
        const purpose = await this.hold(orgId, id);
        const added = await this.versions.insert(purpose, uuid(), version);
        if (setAsLatest) await this.#point(purpose, added.id);
        await this.#noted(purpose, 'add-consent-purpose-version', { version: version.label, latest: setAsLatest });
        return added;
      });
    } catch (error) {
      throw isDuplicate(error) ? consentErrors.versionExists(version.label) : error;
    }
  }

  /** Makes a version the latest one. @throws ApiError CMT-60005, CMT-60006 */
  async setLatest(orgId: string, id: string, versionId: string): Promise<void> {
    if (!isId(id)) throw consentErrors.purposeNotFound(id);
    await this.database.run(async () => {
      const purpose = await this.hold(orgId, id);
      const { label } = await this.versions.get(purpose, versionId);
      await this.#point(purpose, versionId);
      await this.#noted(purpose, 'set-latest-consent-purpose-version', { version: label });
    });
  }

  /** Removes a version. @throws ApiError CMT-60005, CMT-60006, CMT-60015 when it has consents, CMT-60016 for the latest */
  async deleteVersion(orgId: string, id: string, versionId: string): Promise<void> {
    if (!isId(id)) throw consentErrors.purposeNotFound(id);
    await this.database.run(async () => {
      const purpose = await this.hold(orgId, id);
      const { label } = await this.versions.get(purpose, versionId);
      if (purpose.latestVersionId === versionId) throw consentErrors.latestVersion();
      const use = { orgId, purposeId: id, versionId };
      if (await this.database.manager.existsBy(ConsentedPurposeEntity, use)) throw consentErrors.versionInUse();
      await this.versions.delete(purpose, versionId);
      await this.#noted(purpose, 'delete-consent-purpose-version', { version: label });
    });
  }

  async #point({ orgId, id }: ConsentPurposeEntity, latestVersionId: string): Promise<void> {
    await this.database.manager.update(ConsentPurposeEntity, { orgId, id }, { latestVersionId });
  }

  #noted({ orgId, id }: ConsentPurposeEntity, action: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    return this.audit.record({ orgId, action, targetId: id, targetType: 'ConsentPurpose', data });
  }
}
