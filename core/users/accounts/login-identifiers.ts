import { inject, injectable } from 'tsyringe';
import { type ClaimCatalog, ClaimCatalogToken } from '../claims/claim-catalog.js';
import { claimUri, IDENTITY_CLAIMS } from '../claims/claim-model.js';
import { PatternMatcher } from '../claims/safe-pattern.js';
import { GovernanceService, GovernanceServiceToken } from '../governance/governance.service.js';
import type { User } from '../user.js';
import { UserLocator } from '../user-locator.js';
import { UserSearch, UserSearchToken } from '../user-search.js';
import { IDENTIFIER_HANDLER, IDENTIFIERS } from './account-connectors.js';

const USERNAME = claimUri('username');

/**
 * What users may type to say who they are (connector `multiattribute.login.handler`): each claim that is allowed and
 * whose regular expression fits is looked up, and exactly one user must be found.
 */
@injectable()
export class LoginIdentifiers {
  readonly #patterns = new PatternMatcher();

  constructor(
    @inject(GovernanceServiceToken) private readonly governance: GovernanceService,
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(UserSearchToken) private readonly search: UserSearch,
    @inject(UserLocator) private readonly locator: UserLocator,
  ) {}

  /**
   * The user name, with its domain, that belongs to what was typed; what was typed itself where only user names are
   * used; undefined when it fits nobody or several users.
   *
   * @throws UnavailableError when nobody was found and a store could not be asked
   */
  async nameOf(orgId: string, typed: string): Promise<string | undefined> {
    if (!(await this.governance.isOn(orgId, IDENTIFIER_HANDLER, `${IDENTIFIERS}.enable`))) return typed;
    const found = new Map<string, User>();
    for (const uri of await this.#fitting(orgId, typed))
      for (const user of await this.#lookUp(orgId, uri, typed)) found.set(user.id, user);
    const [user, ...others] = found.values();
    return user && others.length === 0 ? `${user.domain}/${user.username}` : undefined;
  }

  /** Allowed claims whose regular expression fits; those without one are left out, but for the user name. */
  async #fitting(orgId: string, typed: string): Promise<readonly string[]> {
    const allowed = (await this.governance.read(orgId, IDENTIFIER_HANDLER, `${IDENTIFIERS}.allowedattributes`))
      .split(',')
      .map((uri) => uri.trim());
    const dialects = await this.catalog.of(orgId);
    const bare = typed.replace(/^[^/]*\//s, '');
    return [...new Set(allowed)].filter((uri) => {
      const pattern = dialects.local(uri)?.regEx;
      if (!pattern) return uri === USERNAME;
      return this.#patterns.fits(pattern, bare);
    });
  }

  async #lookUp(orgId: string, uri: string, typed: string): Promise<readonly User[]> {
    if (uri === USERNAME) {
      const located = await this.locator.byUsername(orgId, typed);
      return located ? [located.user] : [];
    }
    // What the server itself keeps of a user is no name for it.
    if (uri.startsWith(IDENTITY_CLAIMS)) return [];
    const { stores, username } = await this.locator.named(orgId, typed);
    const users = await this.search.byClaim(orgId, uri, username, { limit: 2 });
    return users.filter(({ domain }) => stores.some((store) => store.domain === domain));
  }
}
