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
  TenantParticipant,
} from '#core/organizations';
import type { Database } from '#core/persistence';
import type { ClaimCatalog } from './claims/claim-catalog.js';
import { claimUri } from './claims/claim-model.js';
import type { Administrators } from './super-admin.js';
import type { UserClaims } from './user.js';
import type { UserService } from './user.service.js';

/** What the owners are made of; asked for when needed, for some of it belongs to rooms that are set up later. */
export interface OwnerParts {
  readonly users: () => UserService;
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
export class OwnersAsUsers implements TenantParticipant, TenantOwners {
  constructor(private readonly parts: OwnerParts) {}

  /** Makes the owner of a new tenant, in the unit of work that makes the tenant. */
  async created(organization: OrganizationEntity, owner: TenantOwner): Promise<void> {
    const claims: UserClaims = {
      ...(await this.#claimsIn(organization.id, owner.additionalClaims ?? [])),
      [EMAIL]: [owner.email],
      ...(owner.firstname ? { [FIRST_NAME]: [owner.firstname] } : {}),
      ...(owner.lastname ? { [LAST_NAME]: [owner.lastname] } : {}),
    };
    const { username, password } = owner;
    const user = await this.parts.users().create(organization.id, { username, password, claims });
    await this.parts.administrators().promote(user);
    await this.parts.organizations().setOwner(organization.id, user.id, user.username);
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
    const { users, database, audit } = this.parts;
    const user = await users().findById(tenant.id, tenant.ownerId ?? '');
    if (!user) return false;
    const additional = await this.#claimsIn(tenant.id, change.additionalClaims);
    await database().run(async () => {
      await users().writeClaims(tenant.id, user.id, {
        ...additional,
        [EMAIL]: [change.email],
        [FIRST_NAME]: [change.firstname],
        [LAST_NAME]: [change.lastname],
      });
      if (change.password !== undefined)
        await users().setPassword(tenant.id, user.id, change.password, 'administrator');
      const target = { targetId: tenant.id, targetType: 'Organization' };
      await audit().record({ orgId: tenant.id, action: 'Update-Tenant-Owner', ...target, data: { owner: user.id } });
    });
    return true;
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
