import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { v4 as uuid } from 'uuid';
import { type KeySets, sha256Hex } from '#core/crypto';
import type { OrganizationContext } from '#core/http';
import {
  type AccessTokenContent,
  bindingRef,
  type IdentifiedToken,
  type IssuedToken,
  type TokenIssuer,
} from '#core/oauth';

const seconds = (ms: number) => Math.floor(ms / 1000);

/** How many verified signatures are remembered, and for how long (milliseconds). */
const REMEMBERED = 20_000;
const REMEMBERED_MS = 60_000;

/** Self-contained access tokens (RFC 9068 header type, claims of the published contract). */
export class JwtTokenIssuer implements TokenIssuer {
  readonly type = 'JWT';
  readonly onRepetition = 'replace';
  /** Tokens whose signature was found good a moment ago, by organization and hash of the token. */
  readonly #verified = new LRUCache<string, IdentifiedToken>({ max: REMEMBERED, ttl: REMEMBERED_MS });

  constructor(private readonly keys: KeySets) {}

  async issue(content: AccessTokenContent): Promise<IssuedToken> {
    const jti = content.series === undefined ? uuid() : jtiOf(content.series);
    const { organization } = content;
    const token = await this.keys.sign(organization.id, { alg: 'RS256', typ: 'at+jwt' }, claimsOf(content, jti));
    return { token, ...storedUnder(jti) };
  }

  async identify(token: string, organization: OrganizationContext): Promise<IdentifiedToken | undefined> {
    if (token.split('.').length !== 3) return undefined;
    const key = `${organization.id}:${sha256Hex(token)}`;
    const known = this.#verified.get(key);
    if (known !== undefined) return known;
    try {
      const { payload } = await this.keys.verify(organization.id, token, { typ: 'at+jwt' });
      if (payload.jti === undefined) return undefined;
      const identified = storedUnder(payload.jti);
      this.#verified.set(key, identified);
      return identified;
    } catch {
      return undefined;
    }
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
function claimsOf(content: AccessTokenContent, id: string): JWTPayload {
  const { client, audience, issuedAt, scopes, person } = content;
  const { clientId } = client.entity;
  const accessing = content.accessing ?? content.organization;
  return {
    ...content.attributes,
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
    ...(content.actor ? { act: content.actor } : {}),
    ...(content.authorizationDetails ? { authorization_details: content.authorizationDetails } : {}),
    org_id: accessing.id,
    org_name: accessing.name,
    org_handle: accessing.handle,
    ...(person ? { user_org: person.orgId } : {}),
  };
}

/** What a token is tied to, or that it stands beside others (`request`). */
function bindingOf({ bound, confirmation, requestRef }: AccessTokenContent): JWTPayload {
  if (bound) return { binding_type: bound.type, binding_ref: bindingRef(bound), cnf: confirmation };
  return requestRef === undefined ? {} : { binding_type: 'request', binding_ref: requestRef };
}
