import { inject, injectable } from 'tsyringe';
import { In } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import type { ListFilter, Page } from '#core/http';
import { type Database, DatabaseToken, isDuplicate } from '#core/persistence';
import { ConsentElementEntity, type Properties, VersionElementEntity } from './consent.entities.js';
import { consentErrors } from './consent-errors.js';
import { ConsentNumbers } from './consent-numbers.js';
import { ConsentedElementEntity } from './consent-record.entities.js';
import { type CursorItems, type CursorPage, isId, readPage } from './cursor-page.js';
import { addFilter } from './list-conditions.js';

/** An element to be. */
export interface NewElement {
  readonly name: string;
  readonly displayName?: string | undefined;
  readonly description?: string | undefined;
  readonly sensitive?: boolean | undefined;
  readonly properties?: Properties | undefined;
}

/** Kinds of data that users can consent to the use of. */
@injectable()
export class ConsentElements {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ConsentNumbers) private readonly numbers: ConsentNumbers,
  ) {}

  /** Makes one. @throws ApiError CMT-60009 when the name is taken */
  async create(orgId: string, given: NewElement): Promise<ConsentElementEntity> {
    const { name, displayName = null, description = null, sensitive = false, properties = null } = given;
    const id = uuid();
    const row = { id, orgId, name, nameKey: name.toLowerCase(), displayName, description, properties };
    try {
      return await this.numbers.run(async () => {
        const element = { ...row, number: await this.numbers.next(orgId, 'element'), sensitive: sensitive ? 1 : 0 };
        await this.database.manager.insert(ConsentElementEntity, element);
        await this.#noted(orgId, id, 'add-consent-element', { name });
        return element;
      });
    } catch (error) {
      throw isDuplicate(error) ? consentErrors.elementExists(name) : error;
    }
  }

  /** An element by its id. @throws ApiError CMT-60004 */
  async get(orgId: string, id: string): Promise<ConsentElementEntity> {
    const { manager } = this.database;
    const found = isId(id) ? await manager.findOneBy(ConsentElementEntity, { orgId, id }) : null;
    if (!found) throw consentErrors.elementNotFound(id);
    return found;
  }

  /** An element by its number. @throws ApiError CMT-60004 */
  async numbered(orgId: string, number: number): Promise<ConsentElementEntity> {
    const found = await this.database.manager.findOneBy(ConsentElementEntity, { orgId, number });
    if (!found) throw consentErrors.elementNotFound(String(number));
    return found;
  }

  /** Elements by id; those that are not there are missing. */
  async byIds(orgId: string, ids: readonly string[]): Promise<ReadonlyMap<string, ConsentElementEntity>> {
    const known = ids.filter(isId);
    if (known.length === 0) return new Map();
    const rows = await this.database.manager.findBy(ConsentElementEntity, { orgId, id: In([...new Set(known)]) });
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** Elements by number; those that are not there are missing. */
  async byNumbers(orgId: string, numbers: readonly number[]): Promise<ReadonlyMap<number, ConsentElementEntity>> {
    if (numbers.length === 0) return new Map();
    const wanted = { orgId, number: In([...new Set(numbers)]) };
    const rows = await this.database.manager.findBy(ConsentElementEntity, wanted);
    return new Map(rows.map((row) => [row.number, row]));
  }

  /** A page in the order of their making. */
  list(orgId: string, page: CursorPage, filter: ListFilter = []): Promise<CursorItems<ConsentElementEntity>> {
    const query = () => {
      const all = this.database.manager
        .createQueryBuilder(ConsentElementEntity, 'element')
        .where('element.orgId = :orgId', { orgId });
      if (filter.length > 0) addFilter(all, filter, (_, like) => ({ sql: `element.nameKey ${like}` }));
      return all;
    };
    return readPage(query, 'element', page);
  }

  /** A page in the order of numbers. */
  numberedPage(orgId: string, { limit, offset }: Page): Promise<ConsentElementEntity[]> {
    const page = { take: limit, skip: offset } as const;
    return this.database.manager.find(ConsentElementEntity, { where: { orgId }, order: { number: 'ASC' }, ...page });
  }

  /** Removes one. @throws ApiError CMT-60004 when there is none, CMT-60013 when it is in use */
  async delete(orgId: string, { id, name }: Pick<ConsentElementEntity, 'id' | 'name'>): Promise<void> {
    await this.database.run(async () => {
      const { manager, holding } = this.database;
      if (!(await manager.findOne(ConsentElementEntity, { where: { orgId, id }, ...holding })))
        throw consentErrors.elementNotFound(id);
      const use = { orgId, elementId: id };
      if (await manager.existsBy(VersionElementEntity, use)) throw consentErrors.elementInUse();
      if (await manager.existsBy(ConsentedElementEntity, use)) throw consentErrors.elementInUse();
      await manager.delete(ConsentElementEntity, { orgId, id });
      await this.#noted(orgId, id, 'delete-consent-element', { name });
    });
  }

  /**
   * Elements that the unit of work in progress is going to use: nobody deletes them before it ends.
   *
   * @throws ApiError CMT-60017 when one of them is not there
   */
  async hold(orgId: string, ids: readonly string[]): Promise<void> {
    for (const id of [...new Set(ids)].sort()) {
      const { manager, holding } = this.database;
      const found = isId(id) && (await manager.findOne(ConsentElementEntity, { where: { orgId, id }, ...holding }));
      if (!found) throw consentErrors.unknownElement(id);
    }
  }

  #noted(orgId: string, targetId: string, action: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    return this.audit.record({ orgId, action, targetId, targetType: 'ConsentElement', data });
  }
}
