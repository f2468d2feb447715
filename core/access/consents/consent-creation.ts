import { inject, injectable } from 'tsyringe';
import { v7 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type Clock, ClockToken } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { qualifiedName, type User } from '#core/users';
import type { Properties } from './consent.entities.js';
import { ConsentElements } from './consent-element.service.js';
import { consentErrors } from './consent-errors.js';
import { ConsentPurposes } from './consent-purpose.service.js';
import {
  ConsentAuthorizationEntity,
  ConsentedElementEntity,
  ConsentedPurposeEntity,
  ConsentPropertyEntity,
  ConsentRecordEntity,
  type ReceiptDetails,
  type ReceiptPurposeDetails,
} from './consent-record.entities.js';
import { isId } from './cursor-page.js';
import { PurposeVersions } from './purpose-version.service.js';

/** A purpose that is consented to, by its latest version. */
export interface NewConsentedPurpose {
  readonly id: string;
  readonly serviceId: string;
  readonly elements: readonly { readonly id: string; readonly validity?: string | undefined }[];
  readonly receipt?: ReceiptPurposeDetails;
}

/** A consent to be. */
export interface NewConsent {
  readonly subject: User;
  readonly serviceId: string;
  readonly language?: string | undefined;
  readonly state: 'ACTIVE' | 'REJECTED';
  /** Milliseconds since the epoch; null: it does not expire. */
  readonly expiresAt: number | null;
  readonly purposes: readonly NewConsentedPurpose[];
  /** Who has to authorize it; it is pending until all of them have. */
  readonly authorizers: readonly { readonly user: User; readonly type: string }[];
  /** Whether the subject itself gives it. */
  readonly bySubject: boolean;
  readonly properties: Properties;
  readonly receipt?: ReceiptDetails;
}

/** Writes consents. */
@injectable()
export class ConsentCreation {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ConsentElements) private readonly elements: ConsentElements,
    @inject(ConsentPurposes) private readonly purposes: ConsentPurposes,
    @inject(PurposeVersions) private readonly versions: PurposeVersions,
  ) {}

  /**
   * Writes a consent.
   *
   * @throws ApiError CMT-60001 for something named twice, CMT-60018 for an unknown purpose, CMT-60017 and CMT-60019 for
   * an element that is none or not of the purpose, CMT-60020 when a mandatory one is missing
   */
  async create(orgId: string, given: NewConsent): Promise<ConsentRecordEntity> {
    const { subject, serviceId, language = null, expiresAt, purposes, authorizers } = given;
    checkNamedOnce(given);
    const state = authorizers.length > 0 ? 'PENDING' : given.state;
    const who = { userId: subject.id, subjectName: qualifiedName(subject) };
    const about = { serviceId, language, receipt: given.receipt ?? null };
    const record = { id: uuid(), orgId, ...who, ...about, state, givenAt: this.clock.now(), expiresAt } as const;
    await this.database.run(async () => {
      const versionIds = await this.#held(orgId, purposes);
      for (const purpose of purposes) await this.#check(orgId, given, purpose, versionIds.get(purpose.id) as string);
      await this.database.manager.insert(ConsentRecordEntity, record as never);
      for (const purpose of purposes) await this.#insertPurpose(record, purpose, versionIds.get(purpose.id) as string);
      await this.#insertAuthorizations(record, given);
      await this.writeProperties(record, given.properties);
      const data = { consentId: record.id, serviceId, state, purposes: purposes.map(({ id }) => id) };
      const target = { targetId: subject.id, targetType: 'User' } as const;
      await this.audit.record({ orgId, action: 'add-consent', ...target, data });
    });
    return record;
  }

  /** Writes the properties of a consent in place of those it had, within a unit of work. */
  async writeProperties(
    { orgId, id: consentId }: Pick<ConsentRecordEntity, 'orgId' | 'id'>,
    properties: Properties,
  ): Promise<void> {
    const { manager } = this.database;
    await manager.delete(ConsentPropertyEntity, { orgId, consentId });
    const rows = Object.entries(properties).map(([name, value]) => {
      return { id: uuid(), orgId, consentId, name, value, valueKey: value.toLowerCase() };
    });
    if (rows.length > 0) await manager.insert(ConsentPropertyEntity, rows);
  }

  /** Holds the purposes, always in the same order. Returns their latest versions. */
  async #held(orgId: string, purposes: readonly NewConsentedPurpose[]): Promise<ReadonlyMap<string, string>> {
    const latest = new Map<string, string>();
    for (const id of [...new Set(purposes.map((purpose) => purpose.id))].sort()) {
      if (!isId(id) || !(await this.purposes.find(orgId, id))) throw consentErrors.unknownPurpose(id);
      latest.set(id, (await this.purposes.hold(orgId, id)).latestVersionId);
    }
    return latest;
  }

  async #check(
    orgId: string,
    { state, receipt }: NewConsent,
    { elements }: NewConsentedPurpose,
    versionId: string,
  ): Promise<void> {
    const known = await this.versions.elementsOf(orgId, versionId);
    const own = new Set(known.map(({ element }) => element.id));
    const ids = elements.map(({ id }) => id);
    const foreign = ids.filter((id) => !own.has(id));
    await this.elements.hold(orgId, foreign);
    const [first] = foreign;
    // Receipts of version 1 may name any category: the purpose of a service that shares claims has none of its own.
    if (first !== undefined && !receipt) throw consentErrors.foreignElement(first);
    if (known.length > 0 && ids.length === 0 && !receipt)
      throw consentErrors.invalid('purposes.elements: at least one element is consented to.');
    const missing = known.find(({ element, mandatory }) => mandatory && !ids.includes(element.id));
    if (missing && state !== 'REJECTED') throw consentErrors.mandatoryElement(missing.element.name);
  }

  async #insertPurpose(
    { id: consentId, orgId }: Pick<ConsentRecordEntity, 'id' | 'orgId'>,
    { id: purposeId, serviceId, elements, receipt }: NewConsentedPurpose,
    versionId: string,
  ): Promise<void> {
    const { manager } = this.database;
    const id = uuid();
    const row = { id, orgId, consentId, purposeId, versionId, serviceId, receipt: receipt ?? null };
    await manager.insert(ConsentedPurposeEntity, row as never);
    const rows = elements.map(({ id: elementId, validity = null }, position) => {
      return { consentedId: id, elementId, orgId, position, validity };
    });
    if (rows.length > 0) await manager.insert(ConsentedElementEntity, rows);
  }

  async #insertAuthorizations(
    { id: consentId, orgId, givenAt: updatedAt }: Pick<ConsentRecordEntity, 'id' | 'orgId' | 'givenAt'>,
    { authorizers, bySubject, subject, state }: NewConsent,
  ): Promise<void> {
    const asked = authorizers.map(({ user, type }) => ({ user, type, state: 'PENDING' as const }));
    const own = { user: subject, type: 'USER', state: state === 'ACTIVE' ? 'APPROVED' : 'REJECTED' } as const;
    const rows = [...(bySubject ? [own] : []), ...asked].map(({ user, type, state: decision }) => {
      return { consentId, orgId, userId: user.id, userName: qualifiedName(user), type, state: decision, updatedAt };
    });
    if (rows.length > 0) await this.database.manager.insert(ConsentAuthorizationEntity, rows);
  }
}

function checkNamedOnce({ purposes, authorizers }: NewConsent): void {
  const isTwice = (ids: readonly string[]) => new Set(ids).size < ids.length;
  if (isTwice(purposes.map(({ id, serviceId }) => JSON.stringify([serviceId, id]))))
    throw consentErrors.invalid('purposes: a purpose is named twice.');
  if (purposes.some(({ elements }) => isTwice(elements.map(({ id }) => id))))
    throw consentErrors.invalid('purposes.elements: an element is named twice.');
  if (isTwice(authorizers.map(({ user }) => user.id)))
    throw consentErrors.invalid('authorizations: a user is named twice.');
}
