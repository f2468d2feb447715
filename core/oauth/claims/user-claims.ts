import { inject, injectable } from 'tsyringe';
import { type RoleService, RoleServiceToken } from '#core/access';
import { type Soon, token, whenThere } from '#core/kernel';
import {
  type ClaimCatalog,
  ClaimCatalogToken,
  type ClaimDialects,
  claimUri,
  qualifiedName,
  type User,
  type UserClaims,
  type UserService,
  UserServiceToken,
} from '#core/users';
import type { OAuthClient } from '../clients/client.service.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import type { ClaimRequest } from '../tokens/records.js';
import { type OidcScopes, OidcScopesToken } from './oidc-scopes.js';
import { pairwiseSubject } from './pairwise.js';
import { isFederated, type Person } from './person.js';

/** Injection token of the claims about users. */
export const OidcUserClaimsToken = token<OidcUserClaims>('oauth.user-claims');

/** A claim that an application asks for, within the scopes of a request. */
export interface RequestedClaim {
  /** Local claim URI. */
  readonly uri: string;
  /** Names under which it is released. */
  readonly names: readonly string[];
  readonly displayName: string;
  readonly mandatory: boolean;
}

/** One member of the `claims` parameter. */
export type WantedClaims = Readonly<Record<string, ClaimRequest | null>>;

const ROLES = claimUri('roles');
const USER_ID = claimUri('userid');
const booleans = new Set(['email_verified', 'phone_number_verified']);
const lists = new Set(['groups', 'roles']);
const addressParts = ['formatted', 'street_address', 'locality', 'region', 'postal_code', 'country'];

/**
 * What a client learns of a user: a claim is released only if the application asks for it, a granted scope contains it
 * and, where the user was asked, the user has agreed.
 */
@injectable()
export class OidcUserClaims {
  constructor(
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(RoleServiceToken) private readonly roles: RoleService,
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(OidcScopesToken) private readonly scopes: OidcScopes,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** `sub`: the user id, or the claim that the application has chosen; the user name when the user has no such claim. Of another kind in each sector, when it is pairwise. */
  subject(client: OAuthClient, person: Person): Soon<string> {
    return whenThere(this.#publicSubject(client, person), (subject) => inSector(client, subject));
  }

  /** {@link subject} of a user by id, who may be gone; undefined when it cannot be told any more. */
  async subjectOf(client: OAuthClient, orgId: string, userId: string): Promise<string | undefined> {
    const user = await this.users.findById(orgId, userId);
    if (user) return this.subject(client, user);
    const { claim } = client.application.settings.claimConfiguration.subject;
    return claim.uri === USER_ID ? inSector(client, userId) : undefined;
  }

  /** `sub` of access tokens: as in ID tokens, unless the operator keeps pairwise subjects out of them. */
  accessTokenSubject(client: OAuthClient, person: Person): Soon<string> {
    const { subject_type: types } = this.options.oidc;
    return types.enable_pairwise_subject_for_access_tokens_if_pairwise_subject_type_selection
      ? this.subject(client, person)
      : this.#publicSubject(client, person);
  }

  #publicSubject(client: OAuthClient, person: Person): Soon<string> {
    if (isFederated(person)) return person.subject;
    const { claim } = client.application.settings.claimConfiguration.subject;
    return claim.uri === USER_ID ? person.id : this.#chosenSubject(client, person);
  }

  async #chosenSubject(client: OAuthClient, user: User): Promise<string> {
    const { claim } = client.application.settings.claimConfiguration.subject;
    const values = (await this.users.claimsOf(user, [claim.uri]))[claim.uri];
    return values?.[0] ?? qualifiedName(user);
  }

  /**
   * What the application asks for, within the scopes.
   *
   * @param wanted what a request says of single claims: essential ones need no scope
   */
  requested(client: OAuthClient, scopes: readonly string[], wanted?: WantedClaims): Soon<RequestedClaim[]> {
    return whenThere(this.scopes.of(client.application.orgId), (known) => {
      const essential = Object.entries(wanted ?? {}).flatMap(([name, request]) => (request?.essential ? [name] : []));
      const isAllowed = (name: string) => known.contains(scopes, name) || essential.includes(name);
      return whenThere(this.catalog.of(client.application.orgId), (dialects) =>
        requestedOf(client, dialects, isAllowed),
      );
    });
  }

  /** Those of the requested claims that the user has a value of. */
  async available(
    client: OAuthClient,
    person: Person,
    scopes: readonly string[],
    wanted: WantedClaims = {},
  ): Promise<RequestedClaim[]> {
    const requested = await this.requested(client, scopes, wanted);
    const values = await this.#values(
      client,
      person,
      requested.map((claim) => claim.uri),
    );
    return requested.filter((claim) => values[claim.uri] !== undefined);
  }

  /**
   * Claims to release, without `sub`.
   *
   * @param consented local claim URIs the user has agreed to; undefined: was not asked
   * @param at where: the operator may want other roles in tokens than at userinfo
   */
  async release(
    client: OAuthClient,
    person: Person,
    scopes: readonly string[],
    consented: readonly string[] | undefined,
    wanted: WantedClaims | undefined = undefined,
    at: 'token' | 'userinfo' = 'token',
  ): Promise<Record<string, unknown>> {
    const asking = this.requested(client, scopes, wanted);
    const asked = asking instanceof Promise ? await asking : asking;
    const requested = consented === undefined ? asked : asked.filter(({ uri }) => consented.includes(uri));
    if (requested.length === 0) return {};
    const uris = requested.map((claim) => claim.uri);
    const reading = this.#values(client, person, uris, at);
    const values = reading instanceof Promise ? await reading : reading;
    const released: Record<string, unknown> = {};
    for (const { uri, names } of requested) {
      const value = values[uri];
      if (value) for (const name of names) released[name] = shaped(name, value);
    }
    return scopes.includes('address') ? withAddress(released) : released;
  }

  /** Attributes that an application wants in its access tokens, whatever the scopes. */
  async attributes(client: OAuthClient, person: Person): Promise<Record<string, unknown>> {
    const names = client.settings.accessToken.accessTokenAttributes;
    if (names.length === 0) return {};
    const dialects = await this.catalog.of(client.application.orgId);
    const uris = names.flatMap((name) => dialects.localOfOidc(name) ?? []);
    const values = await this.#values(client, person, uris);
    return Object.fromEntries(
      names.flatMap((name) => {
        const value = values[dialects.localOfOidc(name) ?? ''];
        return value ? [[name, shaped(name, value)]] : [];
      }),
    );
  }

  #values(
    client: OAuthClient,
    person: Person,
    uris: readonly string[],
    at: 'token' | 'userinfo' = 'token',
  ): Soon<UserClaims> {
    if (uris.length === 0) return {};
    if (isFederated(person)) return person.claims;
    const reading = this.users.claimsOf(person, uris);
    return uris.includes(ROLES) ? this.#withRoles(reading, client, person, at) : reading;
  }

  async #withRoles(reading: Soon<UserClaims>, client: OAuthClient, user: User, at: 'token' | 'userinfo') {
    const values = await reading;
    const roles = await this.#rolesOf(client, user, at);
    return roles.length === 0 ? values : { ...values, [ROLES]: roles };
  }

  /** Names of roles: those that count for the application, or all there are for it. */
  async #rolesOf(client: OAuthClient, user: User, at: 'token' | 'userinfo'): Promise<string[]> {
    const { jwt, oidc } = this.options;
    const isNarrow =
      at === 'token' ? jwt.return_only_app_associated_roles : oidc.user_info.return_only_app_associated_roles;
    const ofOrganization = { type: 'organization' as const, id: user.orgId };
    const ofApplication = { type: 'application' as const, id: client.application.id };
    const { allowedAudience } = client.application.settings.associatedRoles;
    const associated = allowedAudience === 'APPLICATION' ? ofApplication : ofOrganization;
    const audiences = isNarrow ? [associated] : [ofOrganization, ofApplication];
    const roles = (await Promise.all(audiences.map((audience) => this.roles.rolesOf(user, audience)))).flat();
    // That a user has the role which every user has tells a client nothing.
    const telling = roles.filter((role) => role.system !== 'everyone');
    const names = telling.map(({ name }) =>
      oidc.user_info.remove_internal_prefix_from_roles ? name.replace(/^Internal\//i, '') : name,
    );
    return [...new Set(names)];
  }
}

/** A subject as the sector of an application knows it. */
function inSector(client: OAuthClient, subject: string): string {
  return client.settings.subject.subjectType === 'pairwise' ? pairwiseSubject(client, subject) : subject;
}

function requestedOf(
  { application }: OAuthClient,
  dialects: ClaimDialects,
  isAllowed: (name: string) => boolean,
): RequestedClaim[] {
  const requested: RequestedClaim[] = [];
  for (const { claim, mandatory } of application.settings.claimConfiguration.requestedClaims) {
    const names = dialects.oidcOfLocal(claim.uri).filter(isAllowed);
    if (names.length === 0) continue;
    const displayName = dialects.local(claim.uri)?.displayName ?? claim.uri;
    requested.push({ uri: claim.uri, names, displayName, mandatory });
  }
  return requested;
}

function shaped(name: string, values: readonly string[]): unknown {
  if (booleans.has(name)) return values[0] === 'true';
  if (name === 'updated_at') return Math.floor(Date.parse(values[0] ?? '') / 1000);
  if (lists.has(name) || values.length > 1) return values;
  return values[0];
}

/** Parts of an address belong into one object (OpenID Connect Core §5.1.1). */
function withAddress(released: Record<string, unknown>): Record<string, unknown> {
  const address: Record<string, unknown> = {};
  for (const part of addressParts) {
    if (released[part] === undefined) continue;
    address[part] = released[part];
    delete released[part];
  }
  if (typeof released['address'] === 'string') address['formatted'] ??= released['address'];
  return Object.keys(address).length > 0 ? { ...released, address } : released;
}
