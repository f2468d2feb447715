import { inject, injectable } from 'tsyringe';
import { IsNull, Like } from 'typeorm';
import { type Database, DatabaseToken } from '#core/persistence';
import { OrganizationEntity } from './organization.entity.js';

/** How a list of tenants is asked for. */
export interface TenantQuery {
  readonly limit: number;
  readonly offset: number;
  readonly sortOrder: 'ASC' | 'DESC';
  /** SQL LIKE pattern of the handle. */
  readonly pattern: string | undefined;
}

/** Rows of organizations. This is the one repository whose rows belong to no organization but are one. */
@injectable()
export class OrganizationRepository {
  constructor(@inject(DatabaseToken) private readonly database: Database) {}

  findById(id: string): Promise<OrganizationEntity | null> {
    return this.database.manager.findOneBy(OrganizationEntity, { id });
  }

  findByHandle(handle: string): Promise<OrganizationEntity | null> {
    return this.database.manager.findOneBy(OrganizationEntity, { handle: handle.toLowerCase() });
  }

  listTenants({ limit, offset, sortOrder, pattern }: TenantQuery): Promise<[OrganizationEntity[], number]> {
    const where = { parentId: IsNull(), ...(pattern === undefined ? {} : { handle: Like(pattern) }) };
    return this.database.manager.findAndCount(OrganizationEntity, {
      where,
      order: { handle: sortOrder },
      take: limit,
      skip: offset,
    });
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
