import { inject, injectable } from 'tsyringe';
import { type Database, DatabaseToken } from '#core/persistence';
import { ApplicationEntity } from './application.entity.js';

/** A condition of a list on the name: `name co shop`. */
export interface NameCondition {
  readonly operator: 'eq' | 'ne' | 'co' | 'sw' | 'ew';
  readonly value: string;
}

const escaped = (value: string) => value.toLowerCase().replace(/[!%_]/g, '!$&');
const patterns: Record<NameCondition['operator'], (value: string) => string> = {
  eq: (value) => value,
  ne: (value) => value,
  co: (value) => `%${value}%`,
  sw: (value) => `${value}%`,
  ew: (value) => `%${value}`,
};

/** Rows of applications. */
@injectable()
export class ApplicationRepository {
  constructor(@inject(DatabaseToken) private readonly database: Database) {}

  findById(orgId: string, id: string): Promise<ApplicationEntity | null> {
    return this.database.manager.findOneBy(ApplicationEntity, { orgId, id });
  }

  findByName(orgId: string, name: string): Promise<ApplicationEntity | null> {
    return this.database.manager.findOneBy(ApplicationEntity, { orgId, nameKey: name.toLowerCase() });
  }

  /** One page in the order of names, and how many there are in all. */
  list(
    orgId: string,
    page: { readonly limit: number; readonly offset: number },
    condition: NameCondition | undefined,
  ): Promise<[ApplicationEntity[], number]> {
    const query = this.database.manager
      .createQueryBuilder(ApplicationEntity, 'app')
      .where('app.orgId = :orgId', { orgId });
    if (condition) {
      const comparison = condition.operator === 'ne' ? 'NOT LIKE' : 'LIKE';
      query.andWhere(`app.nameKey ${comparison} :pattern ESCAPE '!'`, {
        pattern: patterns[condition.operator](escaped(condition.value)),
      });
    }
    return query.orderBy('app.nameKey', 'ASC').take(page.limit).skip(page.offset).getManyAndCount();
  }

  async insert(application: ApplicationEntity): Promise<void> {
    await this.database.manager.insert(ApplicationEntity, application as never);
  }

  async update(orgId: string, id: string, change: Partial<ApplicationEntity>): Promise<void> {
    await this.database.manager.update(ApplicationEntity, { orgId, id }, change as never);
  }

  async delete(orgId: string, id: string): Promise<void> {
    await this.database.manager.delete(ApplicationEntity, { orgId, id });
  }
}
