import { inject, injectable } from 'tsyringe';
import { Brackets } from 'typeorm';
import { sha256Hex } from '#core/crypto';
import type { FilterCondition, Page } from '#core/http';
import { type Database, DatabaseToken } from '#core/persistence';

import { IdentityProviderEntity } from './identity-provider.entity.js';
import type { ProviderKind } from './identity-provider-model.js';

const escaped = (value: string) => value.toLowerCase().replace(/[!%_]/g, '!$&');
const patterns: Record<FilterCondition['operator'], (value: string) => string> = {
  eq: (value) => value,
  co: (value) => `%${value}%`,
  sw: (value) => `${value}%`,
  ew: (value) => `%${value}`,
};
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What of a list is wanted. */
export interface ProviderQuery {
  readonly page: Page;
  /** Only those that were made as such. */
  readonly kind?: ProviderKind | undefined;
  /** Alternatives, each of conditions on `name` or `isEnabled` that hold together. */
  readonly filter?: readonly (readonly FilterCondition[])[] | undefined;
  readonly order: 'ASC' | 'DESC';
}

/** Rows of identity providers. */
@injectable()
export class IdentityProviderRepository {
  constructor(@inject(DatabaseToken) private readonly database: Database) {}

  async findById(orgId: string, id: string): Promise<IdentityProviderEntity | null> {
    return uuid.test(id) ? this.database.manager.findOneBy(IdentityProviderEntity, { orgId, id }) : null;
  }

  /** One by name, letters of any case. */
  async findByName(orgId: string, name: string): Promise<IdentityProviderEntity | null> {
    // None is called so, and PostgreSQL cannot be asked: the name may be the issuer in a token of anybody.
    if (name.includes('\0')) return null;
    return this.database.manager.findOneBy(IdentityProviderEntity, { orgId, nameKey: name.toLowerCase() });
  }

  findByIssuer(orgId: string, issuer: string): Promise<IdentityProviderEntity | null> {
    return this.database.manager.findOneBy(IdentityProviderEntity, { orgId, issuerKey: sha256Hex(issuer) });
  }

  /** One that the unit of work in progress is going to change. */
  async hold(orgId: string, id: string): Promise<IdentityProviderEntity | null> {
    if (!uuid.test(id)) return null;
    return this.database.manager.findOne(IdentityProviderEntity, { where: { orgId, id }, ...this.database.holding });
  }

  /** All of an organization. */
  all(orgId: string): Promise<IdentityProviderEntity[]> {
    return this.database.manager.findBy(IdentityProviderEntity, { orgId });
  }

  /** One page in the order of names, and how many there are in all. */
  list(orgId: string, { page, kind, filter, order }: ProviderQuery): Promise<[IdentityProviderEntity[], number]> {
    const query = this.database.manager
      .createQueryBuilder(IdentityProviderEntity, 'idp')
      .where('idp.orgId = :orgId', { orgId });
    if (kind) query.andWhere('idp.kind = :kind', { kind });
    if (filter) {
      query.andWhere(
        new Brackets((where) => {
          for (const [number, alternative] of filter.entries()) {
            const conditions = alternative.map((one, index) => conditionOf(one, `value${number}_${index}`));
            const parameters = Object.assign({}, ...conditions.map((one) => one.parameters)) as object;
            where.orWhere(`(${conditions.map(({ sql }) => sql).join(' AND ')})`, parameters);
          }
        }),
      );
    }
    return query.orderBy('idp.nameKey', order).take(page.limit).skip(page.offset).getManyAndCount();
  }

  async insert(provider: IdentityProviderEntity): Promise<void> {
    await this.database.manager.insert(IdentityProviderEntity, provider as never);
  }

  async update(orgId: string, id: string, change: Partial<IdentityProviderEntity>): Promise<void> {
    await this.database.manager.update(IdentityProviderEntity, { orgId, id }, change as never);
  }

  async delete(orgId: string, id: string): Promise<void> {
    await this.database.manager.delete(IdentityProviderEntity, { orgId, id });
  }
}

function conditionOf({ attribute, operator, value }: FilterCondition, name: string) {
  if (attribute === 'isEnabled')
    return {
      sql: `idp.status = :${name}`,
      parameters: { [name]: value.toLowerCase() === 'true' ? 'ENABLED' : 'DISABLED' },
    };
  return {
    sql: `idp.nameKey LIKE :${name} ESCAPE '!'`,
    parameters: { [name]: patterns[operator](escaped(value)) },
  };
}
