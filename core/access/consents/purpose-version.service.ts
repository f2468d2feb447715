import { inject, injectable } from 'tsyringe';
import { In } from 'typeorm';
import { type Database, DatabaseToken } from '#core/persistence';
import {
  type ConsentElementEntity,
  type ConsentPurposeEntity,
  type Properties,
  PurposeVersionEntity,
  VersionElementEntity,
} from './consent.entities.js';
import { ConsentElements } from './consent-element.service.js';
import { consentErrors } from './consent-errors.js';
import { type CursorItems, type CursorPage, isId, readPage } from './cursor-page.js';

/** A version to be. */
export interface NewVersion {
  readonly label: string;
  readonly description?: string | undefined;
  /** Elements by their ids. */
  readonly elements: readonly { readonly id: string; readonly mandatory: boolean }[];
  readonly properties?: Properties | undefined;
}

/** An element of a version. */
export interface VersionElement {
  readonly element: ConsentElementEntity;
  readonly mandatory: boolean;
}

type Purpose = Pick<ConsentPurposeEntity, 'orgId' | 'id'>;

/** Versions of purposes. They are added and removed, never changed. */
@injectable()
export class PurposeVersions {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConsentElements) private readonly elements: ConsentElements,
  ) {}

  /** Writes a version, within a unit of work. @throws ApiError CMT-60001 for an element named twice, CMT-60017 */
  async insert({ orgId, id: purposeId }: Purpose, id: string, given: NewVersion): Promise<PurposeVersionEntity> {
    const { label, description = null, elements, properties = null } = given;
    const ids = elements.map((element) => element.id);
    if (new Set(ids).size < ids.length) throw consentErrors.invalid('elements: an element is named twice.');
    await this.elements.hold(orgId, ids);
    const version = { id, orgId, purposeId, label, description, properties };
    const { manager } = this.database;
    await manager.insert(PurposeVersionEntity, version);
    const rows = elements.map((element, position) => ({
      versionId: id,
      elementId: element.id,
      orgId,
      position,
      mandatory: element.mandatory ? 1 : 0,
    }));
    if (rows.length > 0) await manager.insert(VersionElementEntity, rows);
    return version;
  }

  /** A version of a purpose. @throws ApiError CMT-60006 */
  async get({ orgId, id: purposeId }: Purpose, id: string): Promise<PurposeVersionEntity> {
    const { manager } = this.database;
    const found = isId(id) ? await manager.findOneBy(PurposeVersionEntity, { orgId, purposeId, id }) : null;
    if (!found) throw consentErrors.versionNotFound(id);
    return found;
  }

  /** Versions by id; those that are not there are missing. */
  async byIds(orgId: string, ids: readonly string[]): Promise<ReadonlyMap<string, PurposeVersionEntity>> {
    if (ids.length === 0) return new Map();
    const rows = await this.database.manager.findBy(PurposeVersionEntity, { orgId, id: In([...new Set(ids)]) });
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** A page in the order of their making. */
  list({ orgId, id }: Purpose, page: CursorPage): Promise<CursorItems<PurposeVersionEntity>> {
    const query = () =>
      this.database.manager
        .createQueryBuilder(PurposeVersionEntity, 'version')
        .where('version.orgId = :orgId AND version.purposeId = :purposeId', { orgId, purposeId: id });
    return readPage(query, 'version', page);
  }

  /** Elements of a version in their order. */
  async elementsOf(orgId: string, versionId: string): Promise<readonly VersionElement[]> {
    const rows = await this.database.manager.find(VersionElementEntity, {
      where: { orgId, versionId },
      order: { position: 'ASC' },
    });
    const known = await this.elements.byIds(
      orgId,
      rows.map(({ elementId }) => elementId),
    );
    return rows.flatMap(({ elementId, mandatory }) => {
      const element = known.get(elementId);
      return element ? [{ element, mandatory: mandatory === 1 }] : [];
    });
  }

  /** Removes one, within a unit of work. */
  async delete({ orgId, id: purposeId }: Purpose, id: string): Promise<void> {
    const { manager } = this.database;
    await manager.delete(VersionElementEntity, { orgId, versionId: id });
    await manager.delete(PurposeVersionEntity, { orgId, purposeId, id });
  }

  /** Removes all of a purpose, within a unit of work. */
  async deleteAll(purpose: Purpose): Promise<void> {
    const { orgId, id: purposeId } = purpose;
    for (const { id } of await this.database.manager.findBy(PurposeVersionEntity, { orgId, purposeId }))
      await this.delete(purpose, id);
  }
}
