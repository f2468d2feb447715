import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { v7 as timedUuid, v4 as uuid } from 'uuid';
import { type KeySets, sha256Hex } from '#core/crypto';
import type { OrganizationContext } from '#core/http';
import {
  type AccessTokenContent,
  bindingRef,
  type IdentifiedToken,
  type IssuedToken,
  type OAuthOptions,
  type TokenIssuer,
} from '#core/oauth';
import { carriedClaims, carriedRecord } from './carried-record.js';

const seconds = (ms: number) => Math.floor(ms / 1000);

/** How many verified signatures are remembered, and for how long (milliseconds). */
const REMEMBERED = 20_000;
const REMEMBERED_MS = 60_000;

/** Self-contained access tokens (RFC 9068 header type, claims of the published contract). */
export class JwtTokenIssuer implements TokenIssuer {
  readonly type = 'JWT';
  readonly onRepetition?: 'replace';
  /** Tokens whose signature was found good a moment ago, by organization and hash of the token. */
  readonly #verified = new LRUCache<string, IdentifiedToken>({ max: REMEMBERED, ttl: REMEMBERED_MS });

  constructor(
    private readonly keys: KeySets,
    private readonly options: OAuthOptions,
  ) {
    if (options.keepsAccessTokens) this.onRepetition = 'replace';
  }

  async issue(content: AccessTokenContent): Promise<IssuedToken> {
    if (!this.options.keepsAccessTokens) return this.#issueCarried(content);
    const jti = content.series === undefined ? uuid() : jtiOf(content.series);
    return { token: await this.#sign(content, claimsOf(content, jti, this.options)), ...storedUnder(jti) };
  }

  async identify(token: string, organization: OrganizationContext): Promise<IdentifiedToken | undefined> {
    if (token.split('.').length !== 3) return undefined;
    const key = `${organization.id}:${sha256Hex(token)}`;
    const known = this.#verified.get(key);
    if (known !== undefined) return known;
    try {
      const { payload } = await this.keys.verify(organization.id, token, { typ: 'at+jwt' });
      if (payload.jti === undefined) return undefined;
      const record = this.options.keepsAccessTokens ? undefined : carriedRecord(payload, organization.id);
      const identified = record ? { id: payload.jti, record } : storedUnder(payload.jti);
      this.#verified.set(key, identified);
      return identified;
    } catch {
      return undefined;
    }
  }

  async #issueCarried(content: AccessTokenContent): Promise<IssuedToken> {
    const jti = timedUuid({ msecs: content.issuedAt });
    const claims = Object.assign(claimsOf(content, jti, this.options), carriedClaims(content, jti));
    return { token: await this.#sign(content, claims), id: jti, carriesRecord: true };
  }

  #sign({ organization, client }: AccessTokenContent, claims: JWTPayload): Promise<string> {
    // FAPI has no RS256.
    const alg = client.settings.isFAPIApplication ? 'PS256' : 'RS256';
    return this.keys.sign(organization.id, { alg, typ: 'at+jwt' }, claims, this.options.thumbprints);
  }
}

/**
 * `jti` of a token that replaces the one before it: a UUID of version 8 (RFC 9562 §5.8) that begins with 60 bits of the
 * series and ends with 62 random ones. All tokens of a series have one record, which the last of them overwrites: so the
 * one before ends without being looked for. Should two series ever begin alike, a token ends too early, never too late.
 */
function jtiOf(series: string): string {
  const random = randomUUID();
  return `${series.slice(0, 8)}-${series.slice(8, 12)}-8${series.slice(12, 15)}-${random.slice(19)}`;
}

/** Where core finds the record of a token. */
function storedUnder(jti: string): { readonly id: string; readonly serial?: string } {
  return jti[14] === '8' ? { id: jti.slice(0, 18), serial: jti } : { id: jti };
}

/** Claims of an access token (contract; RFC 9068 §2.2). */
function claimsOf(content: AccessTokenContent, id: string, options: OAuthOptions): JWTPayload {
  const { client, audience, issuedAt, scopes } = content;
  const { clientId } = client.entity;
  const accessing = content.accessing ?? content.organization;
  return {
    act: content.actor,
    // Before what they must not change.
    ...withoutReserved(content.attributes),
    iss: content.issuer,
    sub: content.subject,
    aud: audience.length === 1 ? (audience[0] as string) : [...audience],
    exp: seconds(content.expiresAt),
    nbf: seconds(issuedAt),
    iat: seconds(issuedAt),
    jti: id,
    client_id: clientId,
    azp: clientId,
    ...(scopes.length > 0 ? { scope: content.scopeAsArray ? [...scopes] : scopes.join(' ') } : {}),
    aut: content.subjectType,
    ...bindingOf(content),
    ...(content.authorizationDetails ? { authorization_details: content.authorizationDetails } : {}),
    org_id: accessing.id,
    org_name: accessing.name,
    org_handle: accessing.handle,
    ...residenceOf(content),
    ...(options.add_tenant_domain_to_access_token ? domainsOf(content) : {}),
    ...(content.authentication?.acr === undefined ? {} : signInOf(content.authentication)),
  };
}

/** Where the user is at home; of an agent it is said where the agent is somewhere else. */
function residenceOf({ person, subjectType, accessing }: AccessTokenContent): JWTPayload {
  if (!person) return {};
  return subjectType === 'AGENT' && accessing ? { agent_org: person.orgId } : { user_org: person.orgId };
}

/** What a token is tied to, or that it stands beside others (`request`). */
function bindingOf({ bound, confirmation, requestRef }: AccessTokenContent): JWTPayload {
  if (bound) return { binding_type: bound.type, binding_ref: bindingRef(bound), cnf: confirmation };
  return requestRef === undefined ? {} : { binding_type: 'request', binding_ref: requestRef };
}

/** Where application and user come from. */
function domainsOf({ organization, person }: AccessTokenContent): JWTPayload {
  const ours = person?.orgId === organization.id ? { user_td: organization.handle } : {};
  return { app_td: organization.handle, ...ours };
}

/** How the user signed in, for resources that ask for a certain way of it (RFC 9068 §2.2.1, RFC 9470). */
const signInOf = ({ acr, time, methods }: NonNullable<AccessTokenContent['authentication']>): JWTPayload => ({
  acr,
  auth_time: seconds(time),
  amr: [...methods],
});

/** Claims that only this server makes, also where it has no value for them: an attribute never takes their name. */
const reserved = new Set(
  `act authorization_details binding_type binding_ref cnf user_org agent_org app_td user_td acr auth_time amr scope entity_id
  entityType is_federated token_id is_consented consented_claims grantType accessing_organization may_act grant_id`.split(
    /\s+/,
  ),
);

function withoutReserved(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !reserved.has(name)));
}
