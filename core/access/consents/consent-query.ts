import type { SelectQueryBuilder } from 'typeorm';
import type { ListFilter } from '#core/http';
import type { Database } from '#core/persistence';
import { ConsentedPurposeEntity, ConsentPropertyEntity, ConsentRecordEntity } from './consent-record.entities.js';
import type { ConsentState } from './consent-state.js';
import { addFilter } from './list-conditions.js';

/** Which consents of an organization are wanted. */
export interface ConsentQuery {
  readonly userId?: string | undefined;
  readonly serviceId?: string | undefined;
  readonly purposeId?: string | undefined;
  readonly versionId?: string | undefined;
  readonly state?: ConsentState | undefined;
  /** Of `properties.<name>`. */
  readonly filter?: ListFilter | undefined;
}

type Query = SelectQueryBuilder<ConsentRecordEntity>;

const PROPERTY = 'properties.';

/** Consents, without order. @param now milliseconds since the epoch */
export function consentQuery(database: Database, orgId: string, wanted: ConsentQuery, now: number): Query {
  const query = database.manager
    .createQueryBuilder(ConsentRecordEntity, 'record')
    .where('record.orgId = :orgId', { orgId });
  const { userId, serviceId, purposeId, versionId, state, filter = [] } = wanted;
  if (userId !== undefined) query.andWhere('record.userId = :userId', { userId });
  if (serviceId !== undefined) andPurpose(query, 'serviceId', serviceId);
  if (purposeId !== undefined) andPurpose(query, 'purposeId', purposeId);
  if (versionId !== undefined) andPurpose(query, 'versionId', versionId);
  if (state !== undefined) andState(query, state, now);
  if (filter.length > 0)
    addFilter(query, filter, (attribute, like, index) => ofProperty(query, attribute, like, index));
  return query;
}

function andPurpose(query: Query, property: 'serviceId' | 'purposeId' | 'versionId', value: string): void {
  const rows = query
    .subQuery()
    .select('1')
    .from(ConsentedPurposeEntity, `with_${property}`)
    .where(`with_${property}.consentId = record.id AND with_${property}.${property} = :${property}`)
    .getQuery();
  query.andWhere(`EXISTS ${rows}`, { [property]: value });
}

function andState(query: Query, state: ConsentState, now: number): void {
  if (state === 'EXPIRED') {
    const expiring = ['PENDING', 'ACTIVE'];
    query.andWhere('record.state IN (:...expiring) AND record.expiresAt <= :now', { expiring, now });
    return;
  }
  query.andWhere('record.state = :state', { state });
  if (state === 'PENDING' || state === 'ACTIVE')
    query.andWhere('(record.expiresAt IS NULL OR record.expiresAt > :now)', { now });
}

function ofProperty(query: Query, attribute: string, like: string, index: number) {
  const alias = `property${index}`;
  const rows = query
    .subQuery()
    .select('1')
    .from(ConsentPropertyEntity, alias)
    .where(`${alias}.consentId = record.id AND ${alias}.name = :name${index} AND ${alias}.valueKey ${like}`)
    .getQuery();
  return { sql: `EXISTS ${rows}`, parameters: { [`name${index}`]: attribute.slice(PROPERTY.length) } };
}
