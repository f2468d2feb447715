import type { AuditLog } from '#core/audit';
import { ApiError } from '#core/http';
import type {
  OrganizationEntity,
  OrganizationService,
  OwnerChange,
  OwnerClaim,
  OwnerDetails,
  TenantOwner,
  TenantOwners,
} from '#core/organizations';
import type { Database } from '#core/persistence';
import type { ClaimCatalog } from './claims/claim-catalog.js';
import { claimUri } from './claims/claim-model.js';
import type { UserStores } from './stores/user-stores.js';
import type { Administrators } from './super-admin.js';
import type { User, UserClaims } from './user.js';
import type { UserService } from './user.service.js';

/** What the owners are made of; asked for when needed, for some of it belongs to rooms that are set up later. */
export interface OwnerParts {
  readonly users: () => UserService;
  readonly stores: () => UserStores;
  readonly organizations: () => OrganizationService;
  readonly administrators: () => Administrators;
  readonly catalog: () => ClaimCatalog;
  readonly database: () => Database;
  readonly audit: () => AuditLog;
}

const EMAIL = claimUri('emailaddress');
const FIRST_NAME = claimUri('givenname');
const LAST_NAME = claimUri('lastname');

/** Owners of tenants: users of the tenant who are its administrators. */
export class OwnersAsUsers implements TenantOwners {
  constructor(private readonly parts: OwnerParts) {}

  async make(organization: OrganizationEntity, owner: TenantOwner, create: () => Promise<void>): Promise<void> {
    const claims: UserClaims = {
      ...(await this.#claimsIn(organization.id, owner.additionalClaims ?? [])),
      [EMAIL]: [owner.email],
      ...(owner.firstname ? { [FIRST_NAME]: [owner.firstname] } : {}),
      ...(owner.lastname ? { [LAST_NAME]: [owner.lastname] } : {}),
    };
    const { username, password } = owner;
    await this.parts.users().create(organization.id, { username, password, claims }, async (enter) => {
      await create();
      const user = await enter();
      await this.parts.administrators().promote(user);
      await this.parts.organizations().setOwner(organization.id, user.id, user.username);
      return user;
    });
  }

  async find(tenant: OrganizationEntity, claims: readonly string[]): Promise<OwnerDetails | undefined> {
    const user = await this.parts.users().findById(tenant.id, tenant.ownerId ?? '');
    if (!user) return undefined;
    const values = await this.parts.users().readClaims(tenant.id, user.id, [EMAIL, FIRST_NAME, LAST_NAME, ...claims]);
    const of = (uri: string, name: 'email' | 'firstname' | 'lastname') => {
      const value = values[uri]?.[0];
      return value === undefined ? {} : { [name]: value };
    };
    const additionalClaims = claims.flatMap((claim) => (values[claim] ?? []).map((value) => ({ claim, value })));
    return {
      id: user.id,
      username: user.username,
      ...of(EMAIL, 'email'),
      ...of(FIRST_NAME, 'firstname'),
      ...of(LAST_NAME, 'lastname'),
      ...(claims.length > 0 ? { additionalClaims } : {}),
    };
  }

  async update(tenant: OrganizationEntity, change: OwnerChange): Promise<boolean> {
    const { users, stores, database } = this.parts;
    const user = await users().findById(tenant.id, tenant.ownerId ?? '');
    if (!user) return false;
    const claims: UserClaims = {
      ...(await this.#claimsIn(tenant.id, change.additionalClaims)),
      [EMAIL]: [change.email],
      [FIRST_NAME]: [change.firstname],
      [LAST_NAME]: [change.lastname],
    };
    const store = await stores().find(tenant.id, user.domain);
    if (store?.inUnit) await database().run(() => this.#write(user, claims, change.password));
    else await this.#writeElsewhere(user, claims, change.password);
    return true;
  }

  async #write({ orgId, id }: User, claims: UserClaims, password: string | undefined): Promise<void> {
    const { users, audit } = this.parts;
    await users().writeClaims(orgId, id, claims);
    if (password !== undefined) await users().setPassword(orgId, id, password, 'administrator');
    const target = { targetId: orgId, targetType: 'Organization' };
    await audit().record({ orgId, action: 'Update-Tenant-Owner', ...target, data: { owner: id } });
  }

  /** A store over a network is no part of a unit of work: what was written there is taken back when the rest fails. */
  async #writeElsewhere(user: User, claims: UserClaims, password: string | undefined): Promise<void> {
    const { orgId, id } = user;
    const names = Object.keys(claims);
    const before = await this.parts.users().readClaims(orgId, id, names);
    try {
      await this.#write(user, claims, password);
    } catch (error) {
      await this.parts.users().writeClaims(orgId, id, Object.fromEntries(names.map((uri) => [uri, before[uri] ?? []])));
      throw error;
    }
  }

  /** Values by claim. Throws ApiError TM-60001 for a claim that is not there or not to be set. */
  async #claimsIn(orgId: string, given: readonly OwnerClaim[]): Promise<UserClaims> {
    const dialects = await this.parts.catalog().of(orgId);
    const claims: Record<string, string[]> = {};
    for (const { claim, value } of given) {
      const known = dialects.local(claim);
      if (!known || known.readOnly || claim === claimUri('username'))
        throw new ApiError('TM-60001', 400, 'Invalid request.', `The claim ${claim} cannot be set.`);
      claims[claim] = [...(claims[claim] ?? []), value];
    }
    return claims;
  }
}
