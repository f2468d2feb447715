import { inject, injectable } from 'tsyringe';
import { In } from 'typeorm';
import type { Page } from '#core/http';
import { type Clock, ClockToken } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import {
  type ConsentElementEntity,
  ConsentPurposeEntity,
  type Properties,
  type PurposeVersionEntity,
} from './consent.entities.js';
import { ConsentElements } from './consent-element.service.js';
import { consentErrors } from './consent-errors.js';
import { type ConsentQuery, consentQuery } from './consent-query.js';
import {
  ConsentAuthorizationEntity,
  ConsentedElementEntity,
  ConsentedPurposeEntity,
  ConsentPropertyEntity,
  ConsentRecordEntity,
  type ReceiptPurposeDetails,
} from './consent-record.entities.js';
import { type ConsentState, stateAt } from './consent-state.js';
import { type CursorItems, type CursorPage, isId, readPage } from './cursor-page.js';
import { PurposeVersions } from './purpose-version.service.js';

/** A purpose of a consent, with what is known of it. */
export interface DescribedPurpose {
  readonly purpose: ConsentPurposeEntity;
  readonly version: PurposeVersionEntity;
  readonly serviceId: string;
  readonly elements: readonly { readonly element: ConsentElementEntity; readonly validity: string | null }[];
  readonly receipt: ReceiptPurposeDetails | null;
}

/** A consent with all that belongs to it. */
export interface DescribedConsent {
  readonly record: ConsentRecordEntity;
  readonly state: ConsentState;
  readonly purposes: readonly DescribedPurpose[];
  readonly authorizations: readonly ConsentAuthorizationEntity[];
  readonly properties: Properties | null;
}

/** Consents of users, to be looked at. */
@injectable()
export class ConsentRecords {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(ConsentElements) private readonly elements: ConsentElements,
    @inject(PurposeVersions) private readonly versions: PurposeVersions,
  ) {}

  /** A consent. @throws ApiError CMT-60008 */
  async get(orgId: string, id: string): Promise<ConsentRecordEntity> {
    const { manager } = this.database;
    const found = isId(id) ? await manager.findOneBy(ConsentRecordEntity, { orgId, id }) : null;
    if (!found) throw consentErrors.consentNotFound(id);
    return found;
  }

  /** A consent that the unit of work in progress is going to change. @throws ApiError CMT-60008 */
  async hold(orgId: string, id: string): Promise<ConsentRecordEntity> {
    const { manager, holding } = this.database;
    const found = isId(id) ? await manager.findOne(ConsentRecordEntity, { where: { orgId, id }, ...holding }) : null;
    if (!found) throw consentErrors.consentNotFound(id);
    return found;
  }

  /** State of a consent now. */
  stateOf(record: Pick<ConsentRecordEntity, 'state' | 'expiresAt'>): ConsentState {
    return stateAt(record, this.clock.now());
  }

  /** A page in the order of their making. */
  list(orgId: string, wanted: ConsentQuery, page: CursorPage): Promise<CursorItems<ConsentRecordEntity>> {
    return readPage(() => consentQuery(this.database, orgId, wanted, this.clock.now()), 'record', page);
  }

  /** A page of those that are or were in force. @param state `REVOKED`: no longer in force */
  receipts(
    orgId: string,
    {
      state,
      ...wanted
    }: Pick<ConsentQuery, 'userId' | 'serviceId'> & { readonly state?: 'ACTIVE' | 'REVOKED' | undefined },
    { limit, offset }: Page,
  ): Promise<ConsentRecordEntity[]> {
    const now = this.clock.now();
    const query = consentQuery(this.database, orgId, { ...wanted, ...(state === 'ACTIVE' ? { state } : {}) }, now);
    query.andWhere('record.state IN (:...states)', { states: ['ACTIVE', 'REVOKED'] });
    if (state === 'REVOKED') {
      const isOver = "record.state = 'REVOKED' OR (record.expiresAt IS NOT NULL AND record.expiresAt <= :over)";
      query.andWhere(`(${isOver})`, { over: now });
    }
    return query.orderBy('record.id', 'ASC').take(limit).skip(offset).getMany();
  }

  /** Who is asked to authorize a consent, and who has. */
  authorizationsOf({ orgId, id }: Pick<ConsentRecordEntity, 'orgId' | 'id'>): Promise<ConsentAuthorizationEntity[]> {
    const order = { userName: 'ASC', userId: 'ASC' } as const;
    return this.database.manager.find(ConsentAuthorizationEntity, { where: { orgId, consentId: id }, order });
  }

  /** A consent with all that belongs to it. */
  async describe(record: ConsentRecordEntity): Promise<DescribedConsent> {
    const { orgId, id: consentId } = record;
    const rows = await this.database.manager.findBy(ConsentPropertyEntity, { orgId, consentId });
    const properties = rows.length > 0 ? Object.fromEntries(rows.map(({ name, value }) => [name, value])) : null;
    const purposes = await this.#purposesOf(record);
    const authorizations = await this.authorizationsOf(record);
    return { record, state: this.stateOf(record), purposes, authorizations, properties };
  }

  async #purposesOf({ orgId, id: consentId }: ConsentRecordEntity): Promise<readonly DescribedPurpose[]> {
    const { manager } = this.database;
    const given = await manager.find(ConsentedPurposeEntity, { where: { orgId, consentId }, order: { id: 'ASC' } });
    if (given.length === 0) return [];
    const idsOf = (key: 'id' | 'purposeId') => In([...new Set(given.map((row) => row[key]))]);
    const purposes = await manager.findBy(ConsentPurposeEntity, { orgId, id: idsOf('purposeId') });
    const versions = await this.versions.byIds(
      orgId,
      given.map(({ versionId }) => versionId),
    );
    const order = { position: 'ASC' } as const;
    const where = { orgId, consentedId: idsOf('id') };
    const consented = await manager.find(ConsentedElementEntity, { where, order });
    const elements = await this.elements.byIds(
      orgId,
      consented.map(({ elementId }) => elementId),
    );
    return given.flatMap(({ id, purposeId, versionId, serviceId, receipt }) => {
      const purpose = purposes.find((one) => one.id === purposeId);
      const version = versions.get(versionId);
      if (!purpose || !version) return [];
      const own = consented.flatMap(({ consentedId, elementId, validity }) => {
        const element = consentedId === id ? elements.get(elementId) : undefined;
        return element ? [{ element, validity }] : [];
      });
      return [{ purpose, version, serviceId, elements: own, receipt }];
    });
  }
}
