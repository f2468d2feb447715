import { inject, injectable } from 'tsyringe';
import { type Database, DatabaseToken, type SqlText, sql, sqlList } from '#core/persistence';
import type { FilterLeaf } from '../stores/normal-filter.js';
import { type ValueComparison, valueCondition } from '../stores/value-conditions.js';

const PIECE = 500;

/** Whether a comparison asks for identity data. */
export const isIdentity = ({ of }: FilterLeaf): boolean => of.op === 'compare' && of.subject.of === 'identity';

/** Evaluates comparisons with identity data, by the database. */
@injectable()
export class IdentitySets {
  constructor(@inject(DatabaseToken) private readonly database: Database) {}

  /** Those of some users whom a comparison fits. */
  async among(orgId: string, leaf: FilterLeaf, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const fit = new Set<string>();
    for (let first = 0; first < ids.length; first += PIECE) {
      const piece = ids.slice(first, first + PIECE);
      const found = await this.#ids(sql`${this.#values(orgId, leaf)} AND i.user_id IN ${sqlList(piece)}`);
      const having = new Set(found);
      for (const id of piece) if (having.has(id) !== leaf.negated) fit.add(id);
    }
    return fit;
  }

  /** Everybody whom a comparison fits, of all stores; undefined when they are more than `most`, or cannot be told. */
  async holders(orgId: string, leaf: FilterLeaf, most: number): Promise<readonly string[] | undefined> {
    if (leaf.negated) return undefined;
    const found = await this.#ids(sql`${this.#values(orgId, leaf)} LIMIT ${most + 1}`);
    return found.length > most ? undefined : found;
  }

  #values(orgId: string, { of }: FilterLeaf): SqlText {
    if (of.op !== 'compare' || of.subject.of !== 'identity') throw new Error('that is no comparison of identity data');
    const columns = { key: sql`i.value_key`, fold: sql`i.value_fold`, order: sql`i.order_key` };
    const fits = valueCondition(this.database.dialect, columns, of as ValueComparison);
    return sql`i.org_id = ${orgId} AND i.name = ${of.subject.name} AND (${fits})`;
  }

  async #ids(where: SqlText): Promise<string[]> {
    const { text, values } = sql`SELECT DISTINCT i.user_id FROM identity_data i WHERE ${where}`;
    return (await this.database.sql.all<{ user_id: string }>(text, values)).map(({ user_id }) => user_id);
  }
}
