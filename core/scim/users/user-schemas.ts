import { inject, injectable } from 'tsyringe';
import { token } from '#core/kernel';
import { type ClaimCatalog, ClaimCatalogToken, type ClaimDialects } from '#core/users';
import { type ScimConfig, ScimConfigToken } from '../settings.js';
import type { ShownExtensions } from './claim-slots.js';
import { UserSchema } from './user-schema.js';

/** Injection token of {@link UserSchemas}. */
export const UserSchemasToken = token<UserSchemas>('scim.user-schemas');

/** What users look like, by organization. */
@injectable()
export class UserSchemas {
  /** The dialects are the same object until they change. */
  readonly #made = new WeakMap<ClaimDialects, UserSchema>();
  /** Which extensions users have. */
  readonly shown: ShownExtensions;

  constructor(
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(ScimConfigToken) config: ScimConfig,
  ) {
    this.shown = { enterprise: config.enable_schema_extension, custom: config.enable_custom_schema_extension };
  }

  /** Claims of an organization. */
  async dialectsOf(orgId: string): Promise<ClaimDialects> {
    return this.catalog.of(orgId);
  }

  /** What a user of an organization looks like. */
  async of(orgId: string): Promise<UserSchema> {
    const dialects = await this.catalog.of(orgId);
    const known = this.#made.get(dialects);
    if (known) return known;
    const schema = new UserSchema(dialects, this.shown);
    this.#made.set(dialects, schema);
    return schema;
  }
}
