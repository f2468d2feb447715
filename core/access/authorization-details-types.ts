import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type Soon, token, whenThere } from '#core/kernel';
import {
  type ConfigurationCache,
  type ConfigurationCaches,
  ConfigurationCachesToken,
  type Database,
  DatabaseToken,
} from '#core/persistence';
import { detailsValidator } from './details-schema.js';
import { AuthorizationDetailsTypeEntity } from './entities.js';

/** Injection token of the types of authorization details. */
export const AuthorizationDetailsTypeServiceToken = token<AuthorizationDetailsTypeService>(
  'access.authorization-details-types',
);

/** A type of authorization details (RFC 9396 §2), as it is registered. */
export interface NewAuthorizationDetailsType {
  /** Value of the member `type`; unique in the organization. */
  readonly type: string;
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON Schema 2020-12 of a detail. */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** Types of authorization details that API resources know. */
@injectable()
export class AuthorizationDetailsTypeService {
  readonly #cache: ConfigurationCache<AuthorizationDetailsTypeEntity[]>;

  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
    @inject(AuditLogToken) private readonly audit: AuditLog,
  ) {
    this.#cache = caches.create('authorization-details-type', 1000);
  }

  /** All types of an organization, by `type`. */
  all(orgId: string): Soon<readonly AuthorizationDetailsTypeEntity[]> {
    const load = () =>
      this.database.manager.find(AuthorizationDetailsTypeEntity, { where: { orgId }, order: { type: 'ASC' } });
    return whenThere(this.#cache.get(orgId, load), (types) => types ?? []);
  }

  /** The types of an API resource. */
  async ofApi(orgId: string, apiId: string): Promise<readonly AuthorizationDetailsTypeEntity[]> {
    return (await this.all(orgId)).filter((type) => type.apiId === apiId);
  }

  /**
   * Registers a type with an API resource, or replaces it there.
   *
   * @throws DetailsSchemaError when its schema cannot be used
   */
  async write(
    orgId: string,
    apiId: string,
    { type, name, description, schema }: NewAuthorizationDetailsType,
  ): Promise<AuthorizationDetailsTypeEntity> {
    detailsValidator(schema);
    return this.database.run(async () => {
      const existing = await this.database.manager.findOneBy(AuthorizationDetailsTypeEntity, { orgId, apiId, type });
      const row = { id: existing?.id ?? uuid(), orgId, apiId, type, name, description: description ?? null, schema };
      const saved = await this.database.manager.save(AuthorizationDetailsTypeEntity, row);
      await this.#record(orgId, 'write-authorization-details-type', saved.id, { apiId, type });
      return saved;
    });
  }

  /** Takes a type from an API resource, or all of them. Returns whether there was any. */
  async remove(orgId: string, apiId: string, id?: string): Promise<boolean> {
    return this.database.run(async () => {
      const which = { orgId, apiId, ...(id === undefined ? {} : { id }) };
      const count = await this.database.manager.countBy(AuthorizationDetailsTypeEntity, which);
      await this.database.manager.delete(AuthorizationDetailsTypeEntity, which);
      if (count > 0) await this.#record(orgId, 'delete-authorization-details-type', id ?? apiId, { apiId });
      return count > 0;
    });
  }

  async #record(orgId: string, action: string, targetId: string, data: Record<string, unknown>): Promise<void> {
    await this.audit.record({ orgId, action, targetId, targetType: 'ApiResource', data });
    await this.#cache.changed();
  }
}
