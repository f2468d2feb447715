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
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { type AccessTokens, AccessTokensToken, type LiveToken } from './access-tokens.js';

/** Injection token of {@link ForeignTokens}. */
export const ForeignTokensToken = token<ForeignTokens>('oauth.foreign-tokens');

/** A good token of another organization of this server. */
export interface ForeignToken {
  readonly live: LiveToken;
  readonly organization: OrganizationContext;
  /** `iss` of the token. */
  readonly issuer: string;
}

/** Tokens of other organizations, where the operator lets them be introspected. Only JWTs tell where they come from. */
@injectable()
export class ForeignTokens {
  constructor(
    @inject(AccessTokensToken) private readonly tokens: AccessTokens,
    @inject(OrganizationResolverToken) private readonly resolver: OrganizationResolver,
    @inject(OrganizationServiceToken) private readonly organizations: OrganizationService,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** The token, when it is good where it comes from and may be looked at here. */
  async find(http: HttpRequest, value: string): Promise<ForeignToken | undefined> {
    const { allow_cross_tenant: tenants, allow_cross_sub_org: below } = this.options.introspect;
    if (!tenants && !below) return undefined;
    const issuer = issuerWithin(value, http.origin);
    const organization = issuer && (await this.resolver.resolve(issuer.pathname))?.organization;
    if (!organization || !(await this.#mayLookAt(http.organization.id, organization.id))) return undefined;
    const live = await this.tokens.find(organization, value);
    return live && { live, organization, issuer: issuer.href };
  }

  async #mayLookAt(here: string, there: string): Promise<boolean> {
    const { allow_cross_tenant: tenants, allow_cross_sub_org: below } = this.options.introspect;
    const [own, other] = [await this.organizations.byId(here), await this.organizations.byId(there)];
    if (!own || !other || own.id === other.id) return false;
    return own.rootId === other.rootId ? below && other.rootId === own.id : tenants;
  }
}

/** What a token says of where it comes from, when that is this server. Nothing is believed yet. */
function issuerWithin(value: string, origin: string): URL | undefined {
  try {
    const issuer = new URL(String(decodeJwt(value).iss));
    return issuer.origin === origin ? issuer : undefined;
  } catch {
    return undefined;
  }
}
