import { inject, injectable } from 'tsyringe';
import { type Database, DatabaseToken } from '#core/persistence';
import { OrganizationEntity } from './organization.entity.js';

/** How a list of tenants is asked for. */
export interface TenantQuery {
  readonly limit: number;
  readonly offset: number;
  readonly sortOrder: 'ASC' | 'DESC';
  /** On the handle; the value in lower case. */
  readonly condition: { readonly operator: 'eq' | 'sw' | 'ew' | 'co'; readonly value: string } | undefined;
}

const escaped = (value: string) => value.replace(/[!%_]/g, '!$&');
const patterns: Record<NonNullable<TenantQuery['condition']>['operator'], (value: string) => string> = {
  eq: (value) => value,
  sw: (value) => `${value}%`,
  ew: (value) => `%${value}`,
  co: (value) => `%${value}%`,
};

/** Whether a row can have such a name: PostgreSQL does not even look for NUL. */
const canBe = (name: string) => !name.includes('\0');

/** Rows of organizations. This is the one repository whose rows belong to no organization but are one. */
@injectable()
export class OrganizationRepository {
  constructor(@inject(DatabaseToken) private readonly database: Database) {}

  async findById(id: string): Promise<OrganizationEntity | null> {
    if (!canBe(id)) return null;
    return this.database.manager.findOneBy(OrganizationEntity, { id });
  }

  async findByHandle(handle: string): Promise<OrganizationEntity | null> {
    if (!canBe(handle)) return null;
    return this.database.manager.findOneBy(OrganizationEntity, { handle: handle.toLowerCase() });
  }

  /** One page of tenants, less the one with this id, and how many there are in all. */
  async listTenants(
    without: string,
    { limit, offset, sortOrder, condition }: TenantQuery,
  ): Promise<[OrganizationEntity[], number]> {
    const query = this.database.manager
      .createQueryBuilder(OrganizationEntity, 'org')
      .where('org.parentId IS NULL AND org.id <> :without', { without });
    if (condition) {
      const pattern = patterns[condition.operator](escaped(condition.value));
      query.andWhere("org.handle LIKE :pattern ESCAPE '!'", { pattern });
    }
    if (limit === 0) return [[], await query.getCount()];
    return query.orderBy('org.handle', sortOrder).take(limit).skip(offset).getManyAndCount();
  }

  async insert(organization: OrganizationEntity): Promise<void> {
    await this.database.manager.insert(OrganizationEntity, organization);
  }

  async update(id: string, change: Partial<OrganizationEntity>): Promise<void> {
    await this.database.manager.update(OrganizationEntity, { id }, change);
  }

  async delete(id: string): Promise<void> {
    await this.database.manager.delete(OrganizationEntity, { id });
  }
}
