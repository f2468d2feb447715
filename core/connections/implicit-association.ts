import { inject, injectable } from 'tsyringe';
import { token } from '#core/kernel';
import { claimUri, type User, type UserSearch, UserSearchToken, type UserService, UserServiceToken } from '#core/users';
import { type ClaimMapping, ClaimMappingToken } from './claim-mapping.js';
import type { FederatedAssociationEntity } from './federated-association.entity.js';
import {
  type FederatedAssociations,
  FederatedAssociationsToken,
  isAccountName,
} from './federated-associations.service.js';
import type { IdentityProviderEntity } from './identity-provider.entity.js';
import type { LookupAttribute } from './identity-provider-model.js';

/** Injection token of the links that are made by themselves. */
export const ImplicitAssociationToken = token<ImplicitAssociation>('connections.implicit-association');
/** Injection token of `[token_exchange.implicit_association] include_primary_when_secondary_present`. */
export const IncludePrimaryToken = token<boolean>('connections.include-primary');

/** What the search for the user of an account came to. */
export type ImplicitAssociationOutcome =
  /** The account is linked to this user: now, or it was before. */
  | { readonly outcome: 'linked'; readonly user: User }
  /** `off`: the identity provider does not ask for it; `ambiguous`: several users fit, so none is taken. */
  | { readonly outcome: 'unlinked'; readonly reason: 'off' | 'no_match' | 'ambiguous' };

/** What an identity provider said about an account. */
export interface AssertedAccount {
  /** `sub` */
  readonly subject: string;
  /** All claims, as they were asserted and checked. */
  readonly claims: Readonly<Record<string, unknown>>;
}

const uris: Record<LookupAttribute, string> = {
  username: claimUri('username'),
  email: claimUri('emailaddress'),
  mobile: claimUri('mobile'),
};
/** OpenID Connect has one claim for telephones of all kinds, which the standard mapping takes for this one. */
const substitutes: Partial<Record<LookupAttribute, string>> = { mobile: claimUri('telephone') };
/** Standard claims that say of an attribute whether it has been verified. */
const verifications: Partial<Record<LookupAttribute, string>> = {
  email: 'email_verified',
  mobile: 'phone_number_verified',
};

/**
 * Links accounts at an identity provider to the users who have the same user name, e-mail address or mobile number, if
 * the identity provider is set up so. The first attribute that finds a user decides; it has to be the only one in all
 * user stores. What the identity provider itself says it has not verified finds nobody.
 */
@injectable()
export class ImplicitAssociation {
  constructor(
    @inject(FederatedAssociationsToken) private readonly associations: FederatedAssociations,
    @inject(ClaimMappingToken) private readonly mapping: ClaimMapping,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(UserSearchToken) private readonly search: UserSearch,
    @inject(IncludePrimaryToken) private readonly includePrimary: boolean,
  ) {}

  /**
   * The user of an account. A link that is there counts, whatever is set up now; else one is made if a user fits.
   *
   * @param idp has to be the one that asserted the account
   */
  async resolve(idp: IdentityProviderEntity, account: AssertedAccount): Promise<ImplicitAssociationOutcome> {
    const before = await this.associations.find(idp.orgId, idp.id, account.subject);
    if (before) return this.#linked(before);
    if (!idp.settings.implicitAssociation.isEnabled) return { outcome: 'unlinked', reason: 'off' };
    const [match, ...others] = isAccountName(account.subject) ? await this.#find(idp, account) : [];
    if (!match) return { outcome: 'unlinked', reason: 'no_match' };
    if (others.length > 0) return { outcome: 'unlinked', reason: 'ambiguous' };
    return this.#linked((await this.associations.link(match, idp, account.subject)).association);
  }

  async #linked({ orgId, userId }: FederatedAssociationEntity): Promise<ImplicitAssociationOutcome> {
    const user = await this.users.findById(orgId, userId);
    return user ? { outcome: 'linked', user } : { outcome: 'unlinked', reason: 'no_match' };
  }

  /** Users whom the first attribute that finds any finds. */
  async #find(idp: IdentityProviderEntity, { claims }: AssertedAccount): Promise<readonly User[]> {
    const local = await this.mapping.map(idp, claims);
    for (const attribute of idp.settings.implicitAssociation.lookupAttribute) {
      const [value, ...others] = local[uris[attribute]] ?? local[substitutes[attribute] ?? ''] ?? [];
      const verified = claims[verifications[attribute] ?? ''];
      if (value === undefined || others.length > 0 || verified === false || verified === 'false') continue;
      const options = { limit: 2, secondaryOnly: !this.includePrimary };
      const users = await this.search.byClaim(idp.orgId, uris[attribute], value, options);
      if (users.length > 0) return users;
    }
    return [];
  }
}
