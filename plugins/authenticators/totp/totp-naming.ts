import type { Addresses } from '#core/http';
import { type OrganizationService, SUPER_ORGANIZATION } from '#core/organizations';
import { qualifiedName, type User } from '#core/users';
import { enrolmentUri, type TotpSeed } from './totp-codes.js';

/** What an app shows: whose codes these are. */
export class TotpNaming {
  /**
   * @param issuer what the operator has set
   * @param hideUserStore whether the user store is left out of the name
   */
  constructor(
    private readonly organizations: OrganizationService,
    private readonly addresses: Addresses,
    private readonly issuer: string | undefined,
    private readonly hideUserStore: boolean,
  ) {}

  /** The address by which an app takes the seed of a user over. */
  async uriOf(user: User, seed: TotpSeed): Promise<string> {
    const account = this.hideUserStore ? user.username : qualifiedName(user);
    return enrolmentUri(seed, this.issuer ?? (await this.#organization(user.orgId)), account);
  }

  /** The name of the super organization means nothing to its users: the host name stands for it. */
  async #organization(orgId: string): Promise<string> {
    const host = new URL(this.addresses.origin).hostname;
    if (orgId === SUPER_ORGANIZATION.id) return host;
    return (await this.organizations.byId(orgId))?.name.replaceAll(':', ' ') ?? host;
  }
}
