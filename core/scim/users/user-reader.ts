import { inject, injectable } from 'tsyringe';
import {
  claimUri,
  type ListedUser,
  PRIMARY,
  type User,
  type UserService,
  UserServiceToken,
  type UserStores,
  UserStoresToken,
} from '#core/users';
import { Projection } from '../attributes/projection.js';
import { bagOf, bare, type ComplexValue, type ScimResource } from '../attributes/resource.js';
import { writeResource } from '../attributes/write-resource.js';
import type { AnswerForm } from '../protocol/media-types.js';
import { ScimStores } from '../protocol/scim-stores.js';
import { versionOf } from '../protocol/versions.js';
import { type ScimConfig, ScimConfigToken } from '../settings.js';
import { Memberships } from './memberships.js';
import { resourceOf } from './user-claims.js';
import { IS_READ_ONLY, type UserSchema } from './user-schema.js';
import { type UserSchemas, UserSchemasToken } from './user-schemas.js';
import { contractShape, rfcShape } from './user-shapes.js';

/** A user with all that can be known of it. */
export interface ReadUser {
  readonly user: User;
  readonly schema: UserSchema;
  readonly resource: ScimResource;
  readonly version: string;
  /** Address of the resource. */
  readonly location: string;
}

const CREATED = claimUri('created');
const MODIFIED = claimUri('modified');

/** Reads users as resources: one with everything, many with what is asked for, without a query for each. */
@injectable()
export class UserReader {
  constructor(
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(UserStoresToken) private readonly stores: UserStores,
    @inject(UserSchemasToken) private readonly schemas: UserSchemas,
    @inject(ScimStores) private readonly open: ScimStores,
    @inject(Memberships) private readonly memberships: Memberships,
    @inject(ScimConfigToken) private readonly config: ScimConfig,
  ) {}

  /** One user with everything. @throws ScimError 403 when SCIM may not use its store */
  async one(orgId: string, id: string, baseUrl: string): Promise<ReadUser | undefined> {
    const user = await this.users.findById(orgId, id);
    if (!user) return undefined;
    await this.open.check(user);
    const schema = await this.schemas.of(orgId);
    const uris = new Set([...schema.slots.map(({ claim }) => claim.claimURI), CREATED, MODIFIED]);
    const claims = await this.users.claimsOf(user, [...uris]);
    const [resource] = await this.#resources(schema, [{ user, claims }], baseUrl, () => true);
    if (!resource) return undefined;
    const location = locationOf(user, baseUrl);
    return { user, schema, resource, location, version: versioned(resource) };
  }

  /** Claims that are needed to answer the projection. */
  claimsFor(schema: UserSchema, projection: Projection): readonly string[] {
    const uris = new Set([CREATED, MODIFIED]);
    for (const { extension, attribute, slots } of schema.claimed)
      if (projection.includes(extension, attribute)) for (const { claim } of slots) uris.add(claim.claimURI);
    return [...uris];
  }

  /** Users of a list as JSON. */
  async many(
    schema: UserSchema,
    users: readonly ListedUser[],
    projection: Projection,
    { baseUrl, form }: { readonly baseUrl: string; readonly form: AnswerForm },
  ): Promise<readonly object[]> {
    const isAsked = (name: string) => isIncluded(schema, projection, name);
    const resources = await this.#resources(schema, users, baseUrl, isAsked);
    return resources.map((resource) => {
      if (projection.isDefault) versioned(resource);
      return this.json(schema, resource, projection, form);
    });
  }

  /** A user as JSON. */
  json(schema: UserSchema, resource: ScimResource, projection: Projection, form: AnswerForm): Record<string, unknown> {
    const shape = form === 'rfc' ? rfcShape(schema, projection) : contractShape(this.config);
    return writeResource(schema.model, resource, projection, shape);
  }

  async #resources(
    schema: UserSchema,
    users: readonly ListedUser[],
    baseUrl: string,
    isAsked: (name: string) => boolean,
  ): Promise<readonly ScimResource[]> {
    const orgId = users[0]?.user.orgId ?? '';
    const asked = { groups: isAsked('groups'), roles: isAsked('roles'), baseUrl };
    const people = users.map(({ user }) => user);
    const memberships = await this.memberships.of(orgId, people, asked);
    const readOnly = await this.#readOnlyStores(orgId, people);
    return users.map(({ user, claims }) => {
      const isReadOnly = [String(readOnly.has(user.domain))];
      const resource = resourceOf(schema, { ...claims, [IS_READ_ONLY]: isReadOnly });
      const { groups = [], roles = [] } = memberships.get(user.id) ?? {};
      Object.assign(bagOf(resource, undefined), {
        id: user.id,
        userName: this.#nameOf(user),
        ...(groups.length > 0 ? { groups } : {}),
        ...(roles.length > 0 ? { roles } : {}),
        meta: bare<ComplexValue>({
          ...(claims[CREATED]?.[0] === undefined ? {} : { created: claims[CREATED][0] }),
          ...(claims[MODIFIED]?.[0] === undefined ? {} : { lastModified: claims[MODIFIED][0] }),
          location: locationOf(user, baseUrl),
          resourceType: 'User',
        }),
      });
      return resource;
    });
  }

  async #readOnlyStores(orgId: string, users: readonly User[]): Promise<ReadonlySet<string>> {
    const domains = new Set(users.map(({ domain }) => domain));
    for (const domain of domains) {
      const store = await this.stores.find(orgId, domain);
      if (store?.writer || store?.attributes.write) domains.delete(domain);
    }
    return domains;
  }

  #nameOf({ username, domain }: User): string {
    const { mandate_domain_for_usernames_and_group_names_in_response: everywhere } = this.config;
    return domain === PRIMARY && !everywhere ? username : `${domain}/${username}`;
  }
}

function isIncluded({ model }: UserSchema, projection: Projection, name: string): boolean {
  const attribute = model.coreAttribute(name);
  return attribute !== undefined && projection.includes(undefined, attribute);
}

const locationOf = ({ id }: User, baseUrl: string) => `${baseUrl}/scim2/Users/${id}`;

/** Makes the version of a resource and writes it into its `meta`. */
function versioned({ core, extensions }: ScimResource): string {
  const version = versionOf([core, ...extensions]);
  const { meta } = core;
  Object.assign(meta as ComplexValue, { version });
  return version;
}
