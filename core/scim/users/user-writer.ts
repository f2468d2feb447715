import { inject, injectable } from 'tsyringe';
import type { Principal } from '#core/http';
import { type OrganizationService, OrganizationServiceToken } from '#core/organizations';
import { type Database, DatabaseToken } from '#core/persistence';
import {
  type ChangedBy,
  flagIn,
  IDENTITY_CLAIMS,
  type PasswordChange,
  PasswordChangeToken,
  PRIMARY,
  type User,
  type UserClaims,
  type UserService,
  UserServiceToken,
  type UserStores,
  UserStoresToken,
} from '#core/users';
import { readResource } from '../attributes/read-resource.js';
import { attributeOf, bagOf, emptyResource, type ScimResource } from '../attributes/resource.js';
import { InboundProvisioning } from '../inbound/inbound-provisioning.js';
import { applyPatch } from '../patch/apply-patch.js';
import { readPatch } from '../patch/read-patch.js';
import type { JsonObject } from '../protocol/json-body.js';
import { badRequest, ScimError } from '../protocol/scim-error.js';
import { type ScimConfig, ScimConfigToken } from '../settings.js';
import { changesBetween } from './user-claims.js';
import { readOnlyStore, UserErrors } from './user-errors.js';
import type { ReadUser } from './user-reader.js';
import type { UserSchema } from './user-schema.js';
import { type UserSchemas, UserSchemasToken } from './user-schemas.js';

/** Who changes a user, and as what. */
export interface Changer {
  readonly principal: Principal | undefined;
  readonly by: Exclude<ChangedBy, 'server'>;
}

const LONGEST_NAME = 255;
const LONGEST_PASSWORD = 1024;
const UNFIT = /\p{Cc}|[\ud800-\udfff]/u;

/** Writes users as SCIM clients want them, by the service that every change of a user goes through. */
@injectable()
export class UserWriter {
  readonly #errors: UserErrors;

  constructor(
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(UserStoresToken) private readonly stores: UserStores,
    @inject(UserSchemasToken) private readonly schemas: UserSchemas,
    @inject(InboundProvisioning) private readonly inbound: InboundProvisioning,
    @inject(OrganizationServiceToken) private readonly organizations: OrganizationService,
    @inject(PasswordChangeToken) private readonly passwords: PasswordChange,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ScimConfigToken) private readonly config: ScimConfig,
  ) {
    this.#errors = new UserErrors(config);
  }

  /** Makes a user. @throws ScimError 400, 403 or 409 */
  async create(orgId: string, body: JsonObject, principal: Principal | undefined): Promise<User> {
    const schema = await this.schemas.of(orgId);
    const resource = readResource(schema.model, body);
    const given = nameIn(resource);
    if (given === undefined) throw badRequest('invalidValue', 'userName is required.');
    const name = await this.inbound.placed(orgId, given, principal);
    const claims = changesBetween(schema, emptyResource(), resource);
    const password = passwordIn(resource);
    return this.#errors.creating(name, () =>
      this.users.create(orgId, { username: name, password, claims, by: 'administrator' }),
    );
  }

  /** Replaces what a user has; identity claims that the body does not name stay. @throws ScimError 400, 403 or 409 */
  async replace(target: ReadUser, body: JsonObject, changer: Changer): Promise<void> {
    const after = readResource(target.schema.model, body);
    if (nameIn(after) === undefined) throw badRequest('invalidValue', 'userName is required.');
    keepIdentity(target, after);
    await this.#change(target, after, changer);
  }

  /** Changes a user. @throws ScimError 400, 403, 409 or 413 */
  async patch(target: ReadUser, body: JsonObject, changer: Changer): Promise<void> {
    const operations = readPatch(target.schema.model, body);
    await this.#change(target, applyPatch(target.resource, operations), changer);
  }

  /** Removes a user. @throws ScimError 400 when its store is read-only, 403 for the owner of the organization */
  async delete({ user }: ReadUser, { principal }: Changer): Promise<void> {
    if ((await this.#isOwner(user)) && principal?.id !== user.id) throw new OwnerError();
    const store = await this.stores.find(user.orgId, user.domain);
    if (!store?.writer) throw readOnlyStore();
    await this.#errors.changing(user.id, () => this.users.delete(user.orgId, user.id));
  }

  async #change({ user, schema, resource }: ReadUser, after: ScimResource, changer: Changer): Promise<void> {
    await this.#checkName(user, resource, after, changer);
    const changes = changesBetween(schema, resource, after);
    const password = passwordIn(after);
    if (changer.by === 'user') this.#checkOwn(schema, changes, password);
    await this.#checkOwner(user, changes, password, changer);
    const { orgId, id } = user;
    const { by, principal } = changer;
    const kept = by === 'user' && principal ? await this.passwords.keptFor(principal) : undefined;
    const write = async () => {
      // The password first: it is what is refused most often, and a store over a network cannot take back.
      if (password !== undefined) await this.users.setPassword(orgId, id, password, by, kept);
      if (Object.keys(changes).length > 0) await this.users.writeClaims(orgId, id, changes, by);
    };
    const store = await this.stores.find(orgId, user.domain);
    await this.#errors.changing(id, () => (store?.inUnit === true ? this.database.run(write) : write()));
  }

  /** Names do not change; in other letters, or without the domain that the sender means anyway, it is the same one. */
  async #checkName({ orgId }: User, before: ScimResource, after: ScimResource, { principal }: Changer): Promise<void> {
    const [old, now] = [nameIn(before) ?? '', nameIn(after) ?? ''];
    const isSame = (domain: string) => keyOf(old, PRIMARY) === keyOf(now, domain);
    if (isSame(PRIMARY) || isSame(await this.inbound.usual(orgId, principal))) return;
    throw badRequest('mutability', 'Attribute userName cannot be modified.');
  }

  #checkOwn(schema: UserSchema, changes: UserClaims, password: string | undefined): void {
    if (password !== undefined && this.config.disable_password_update_in_me_endpoint)
      throw new ScimError(400, 'Password update is not allowed for scim2/Me endpoint');
    for (const { claim, name } of schema.slots)
      if (changes[claim.claimURI] && claim.system && flagIn(claim, 'readOnly', 'endUser'))
        throw badRequest('mutability', `Attribute ${name} cannot be modified by the user.`);
  }

  /** Whoever can set the password of the owner, or lock it out, has the organization. */
  async #checkOwner(user: User, changes: UserClaims, password: string | undefined, { principal }: Changer) {
    const isGrave = password !== undefined || Object.keys(changes).some((uri) => uri.startsWith(IDENTITY_CLAIMS));
    if (!isGrave || principal?.id === user.id || !(await this.#isOwner(user))) return;
    throw new ScimError(403, 'Only the owner of the organization can change its own password and account state.');
  }

  async #isOwner({ orgId, id }: User): Promise<boolean> {
    return (await this.organizations.byId(orgId))?.ownerId === id;
  }
}

/** The owner of an organization can be removed by nobody else; the contract wants no body. */
export class OwnerError extends ScimError {
  constructor() {
    super(403, 'Nobody else can remove the owner of the organization.');
  }
}

function nameIn({ core }: ScimResource): string | undefined {
  const name = core['userName'];
  if (name === undefined) return undefined;
  const text = String(name);
  if (text.length > LONGEST_NAME || UNFIT.test(text))
    throw badRequest(
      'invalidValue',
      `userName must be at most ${LONGEST_NAME} characters, and none of them a control.`,
    );
  return text;
}

function passwordIn({ core }: ScimResource): string | undefined {
  const password = core['password'];
  if (password === undefined) return undefined;
  const text = String(password);
  if (text.length > LONGEST_PASSWORD)
    throw badRequest('invalidValue', `The password must be at most ${LONGEST_PASSWORD} characters.`);
  return text;
}

/** A name as it is compared. @param domain that it has when it names none */
function keyOf(name: string, domain: string): string {
  return (name.includes('/') ? name : `${domain}/${name}`).toLowerCase();
}

/** What the server keeps of an account is no part of what a client replaces, unless it says so: it must not unlock. */
function keepIdentity({ schema, resource }: ReadUser, after: ScimResource): void {
  for (const at of schema.claimed) {
    if (!at.slots.every(({ claim }) => claim.claimURI.startsWith(IDENTITY_CLAIMS))) continue;
    const value = attributeOf(resource, at);
    if (value !== undefined && attributeOf(after, at) === undefined)
      bagOf(after, at.extension)[at.attribute.name] = value;
  }
}
