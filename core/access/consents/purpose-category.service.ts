import { inject, injectable } from 'tsyringe';
import { In } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import type { Page } from '#core/http';
import { type Database, DatabaseToken, isDuplicate } from '#core/persistence';
import { PurposeCategoryEntity } from './consent.entities.js';
import { consentErrors } from './consent-errors.js';
import { ConsentNumbers } from './consent-numbers.js';

/** Categories of purposes, which receipts name. */
@injectable()
export class PurposeCategories {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ConsentNumbers) private readonly numbers: ConsentNumbers,
  ) {}

  /** Makes one. @throws ApiError CMT-60012 when the name is taken */
  async create(orgId: string, name: string, description: string | null): Promise<PurposeCategoryEntity> {
    const row = { id: uuid(), orgId, name, nameKey: name.toLowerCase(), description };
    try {
      return await this.numbers.run(async () => {
        const category = { ...row, number: await this.numbers.next(orgId, 'category') };
        await this.database.manager.insert(PurposeCategoryEntity, category);
        await this.#noted(category, 'add-consent-purpose-category');
        return category;
      });
    } catch (error) {
      throw isDuplicate(error) ? consentErrors.categoryExists(name) : error;
    }
  }

  /** A category by its number. @throws ApiError CMT-60007 */
  async get(orgId: string, number: number): Promise<PurposeCategoryEntity> {
    const found = await this.database.manager.findOneBy(PurposeCategoryEntity, { orgId, number });
    if (!found) throw consentErrors.categoryNotFound(String(number));
    return found;
  }

  /** Categories by number; those that are not there are missing. */
  async byNumbers(orgId: string, numbers: readonly number[]): Promise<ReadonlyMap<number, PurposeCategoryEntity>> {
    if (numbers.length === 0) return new Map();
    const wanted = { orgId, number: In([...new Set(numbers)]) };
    const rows = await this.database.manager.findBy(PurposeCategoryEntity, wanted);
    return new Map(rows.map((row) => [row.number, row]));
  }

  /** A page in the order of numbers. */
  page(orgId: string, { limit, offset }: Page): Promise<PurposeCategoryEntity[]> {
    const page = { take: limit, skip: offset } as const;
    return this.database.manager.find(PurposeCategoryEntity, { where: { orgId }, order: { number: 'ASC' }, ...page });
  }

  /** Removes one. Receipts that name it keep its name. @throws ApiError CMT-60007 when there is none */
  async delete(orgId: string, number: number): Promise<void> {
    await this.database.run(async () => {
      const category = await this.get(orgId, number);
      await this.database.manager.delete(PurposeCategoryEntity, { orgId, number });
      await this.#noted(category, 'delete-consent-purpose-category');
    });
  }

  #noted({ orgId, id, name }: PurposeCategoryEntity, action: string): Promise<void> {
    return this.audit.record({ orgId, action, targetId: id, targetType: 'ConsentPurposeCategory', data: { name } });
  }
}
