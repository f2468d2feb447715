import { inject, injectable } from 'tsyringe';
import { Brackets, In, Raw, type SelectQueryBuilder, type WhereExpressionBuilder } from 'typeorm';
import type { FilterCondition, ListFilter, Page } from '#core/http';
import { type Database, DatabaseToken, isDuplicate } from '#core/persistence';
import { ApplicationEntity } from './application.entity.js';
import type { ProtocolKey } from './inbound-protocol.js';

/** Where a protocol key is kept, by the attribute that a filter names. */
export type ProtocolKeys = ReadonlyMap<string, ProtocolKey>;

/** What of a list is wanted. */
export interface ApplicationQuery {
  readonly page: Page;
  readonly filter: ListFilter | undefined;
  /** Id of an application that is left out. */
  readonly without: string | undefined;
}

const escaped = (value: string) => value.toLowerCase().replace(/[!%_]/g, '!$&');
const patterns: Record<FilterCondition['operator'], (value: string) => string> = {
  eq: (value) => value,
  co: (value) => `%${value}%`,
  sw: (value) => `${value}%`,
  ew: (value) => `%${value}`,
};
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Rows of applications. */
@injectable()
export class ApplicationRepository {
  constructor(@inject(DatabaseToken) private readonly database: Database) {}

  async findById(orgId: string, id: string): Promise<ApplicationEntity | null> {
    return uuid.test(id) ? this.database.manager.findOneBy(ApplicationEntity, { orgId, id }) : null;
  }

  /** An application that the unit of work in progress is going to change. */
  async hold(orgId: string, id: string): Promise<ApplicationEntity | null> {
    if (!uuid.test(id)) return null;
    return this.database.manager.findOne(ApplicationEntity, { where: { orgId, id }, ...this.database.holding });
  }

  /** One page in the order of names, and how many there are in all. */
  list(
    orgId: string,
    { page, filter, without }: ApplicationQuery,
    keys: ProtocolKeys,
  ): Promise<[ApplicationEntity[], number]> {
    const query = this.database.manager
      .createQueryBuilder(ApplicationEntity, 'app')
      .where('app.orgId = :orgId', { orgId });
    if (without !== undefined) query.andWhere('app.id <> :without', { without });
    if (filter) query.andWhere(new Brackets((where) => addFilter(query, where, filter, keys)));
    return query.orderBy('app.nameKey', 'ASC').take(page.limit).skip(page.offset).getManyAndCount();
  }

  /** Applications in whose settings an id stands somewhere, in the order of names. */
  async naming(orgId: string, id: string): Promise<ApplicationEntity[]> {
    if (!uuid.test(id)) return [];
    const where = { orgId, settings: Raw((column) => `${column} LIKE :naming`, { naming: `%"${id}"%` }) };
    return this.database.manager.find(ApplicationEntity, { where, order: { nameKey: 'ASC' } });
  }

  /** Names under which a protocol knows applications, by application id. */
  async keysOf(key: ProtocolKey, orgId: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map();
    const rows = (await this.database.manager.findBy(key.entity, { orgId, appId: In([...ids]) })) as (Record<
      string,
      unknown
    > & { readonly appId: string })[];
    return new Map(rows.map((row) => [row.appId, String(row[key.property])]));
  }

  /** Returns false when the name is taken; the unit of work cannot go on then. */
  insert(application: ApplicationEntity): Promise<boolean> {
    return this.#unlessTaken(() => this.database.manager.insert(ApplicationEntity, application as never));
  }

  /** Returns false when the name is taken; the unit of work cannot go on then. */
  update(orgId: string, id: string, change: Partial<ApplicationEntity>): Promise<boolean> {
    return this.#unlessTaken(() => this.database.manager.update(ApplicationEntity, { orgId, id }, change as never));
  }

  async delete(orgId: string, id: string): Promise<void> {
    await this.database.manager.delete(ApplicationEntity, { orgId, id });
  }

  /** The unique index decides on names: a look beforehand would not see what is being written elsewhere. */
  async #unlessTaken(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }
}

function addFilter(
  query: SelectQueryBuilder<ApplicationEntity>,
  where: WhereExpressionBuilder,
  filter: ListFilter,
  keys: ProtocolKeys,
): void {
  let count = 0;
  for (const alternative of filter) {
    const conditions = alternative.map((condition) => conditionOf(query, condition, keys, count++));
    const text = conditions.map(({ sql }) => sql).join(' AND ');
    where.orWhere(`(${text})`, Object.assign({}, ...conditions.map(({ parameters }) => parameters)) as object);
  }
}

function conditionOf(
  query: SelectQueryBuilder<ApplicationEntity>,
  { attribute, operator, value }: FilterCondition,
  keys: ProtocolKeys,
  index: number,
): { sql: string; parameters: Record<string, string> } {
  const name = `value${index}`;
  const parameters = { [name]: patterns[operator](escaped(value)) };
  const key = keys.get(attribute);
  if (!key) return { sql: `app.nameKey LIKE :${name} ESCAPE '!'`, parameters };
  const alias = `key${index}`;
  const column = `${alias}.${key.property}`;
  // Whoever asks for a whole key means exactly this one; a part of one is searched for as in names.
  const matches = operator === 'eq' ? `${column} = :${name}` : `LOWER(${column}) LIKE :${name} ESCAPE '!'`;
  const rows = query
    .subQuery()
    .select('1')
    .from(key.entity, alias)
    .where(`${alias}.orgId = app.orgId AND ${alias}.appId = app.id AND ${matches}`)
    .getQuery();
  return { sql: `EXISTS ${rows}`, parameters: operator === 'eq' ? { [name]: value } : parameters };
}
