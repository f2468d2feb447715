import { decodeJwt } from 'jose';
import { inject, injectable } from 'tsyringe';
import {
  type HttpRequest,
  type OrganizationContext,
  type OrganizationResolver,
  OrganizationResolverToken,
} from '#core/http';
import { token } from '#core/kernel';
import { type OrganizationService, OrganizationServiceToken } from '#core/organizations';
import { issuerOf } from '../issuer.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { type AccessTokens, AccessTokensToken, type LiveToken } from './access-tokens.js';
import { type TokenHomes, TokenHomesToken } from './token-homes.js';

/** Injection token of {@link ForeignTokens}. */
export const ForeignTokensToken = token<ForeignTokens>('oauth.foreign-tokens');

/** A good token of another organization of this server. */
export interface ForeignToken {
  readonly live: LiveToken;
  readonly organization: OrganizationContext;
  /** `iss` of the token. */
  readonly issuer: string;
}

/** Where a token says that it comes from, or is known to. */
interface Origin {
  /** Path that begins with that of the organization. */
  readonly path: string;
  readonly issuer: string;
}

/**
 * Tokens of other organizations, where the operator lets them be introspected. JWTs tell where they come from; of others
 * it was noted when they were issued.
 */
@injectable()
export class ForeignTokens {
  constructor(
    @inject(AccessTokensToken) private readonly tokens: AccessTokens,
    @inject(OrganizationResolverToken) private readonly resolver: OrganizationResolver,
    @inject(OrganizationServiceToken) private readonly organizations: OrganizationService,
    @inject(TokenHomesToken) private readonly homes: TokenHomes,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** The token, when it is good where it comes from and may be looked at here. */
  async find(http: HttpRequest, value: string): Promise<ForeignToken | undefined> {
    const { allow_cross_tenant: tenants, allow_cross_sub_org: below } = this.options.introspect;
    if (!tenants && !below) return undefined;
    const origin = originWithin(value, http.origin) ?? (await this.#noted(http, value));
    // By its path, because then an organization that is not active is not there.
    const organization = origin && (await this.resolver.resolve(origin.path))?.organization;
    if (!organization || !(await this.#mayLookAt(http.organization.id, organization.id))) return undefined;
    const live = await this.tokens.find(organization, value);
    return live && { live, organization, issuer: origin.issuer };
  }

  /** Where a token comes from that does not say so. */
  async #noted(http: HttpRequest, value: string): Promise<Origin | undefined> {
    const identified = await this.tokens.identify(http.organization, value);
    const home = identified && (await this.homes.of(identified.id));
    const organization = home === undefined ? undefined : await this.organizations.contextOf(home);
    if (!organization) return undefined;
    const { prefix } = organization;
    return { path: `${prefix}/`, issuer: issuerOf({ baseUrl: http.origin + prefix }, this.options) };
  }

  async #mayLookAt(here: string, there: string): Promise<boolean> {
    const { allow_cross_tenant: tenants, allow_cross_sub_org: below } = this.options.introspect;
    const [own, other] = [await this.organizations.byId(here), await this.organizations.byId(there)];
    if (!own || !other || own.id === other.id) return false;
    return own.rootId === other.rootId ? below && other.rootId === own.id : tenants;
  }
}

/** What a token says of where it comes from, when that is this server. Nothing is believed yet. */
function originWithin(value: string, origin: string): Origin | undefined {
  try {
    const issuer = new URL(String(decodeJwt(value).iss));
    return issuer.origin === origin ? { path: issuer.pathname, issuer: issuer.href } : undefined;
  } catch {
    return undefined;
  }
}
