import type { JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { v4 as uuid } from 'uuid';
import { type KeySets, sha256Hex } from '#core/crypto';
import type { OrganizationContext } from '#core/http';
import { type AccessTokenContent, bindingRef, type TokenIssuer } from '#core/oauth';

const seconds = (ms: number) => Math.floor(ms / 1000);

/** How many verified signatures are remembered, and for how long (milliseconds). */
const REMEMBERED = 20_000;
const REMEMBERED_MS = 60_000;

/** Self-contained access tokens (RFC 9068 header type, claims of the published contract). */
export class JwtTokenIssuer implements TokenIssuer {
  readonly type = 'JWT';
  /** Ids of tokens whose signature was found good a moment ago, by organization and hash of the token. */
  readonly #verified = new LRUCache<string, string>({ max: REMEMBERED, ttl: REMEMBERED_MS });

  constructor(private readonly keys: KeySets) {}

  async issue(content: AccessTokenContent): Promise<{ token: string; id: string }> {
    const id = uuid();
    const { organization } = content;
    // FAPI has no RS256.
    const alg = content.client.settings.isFAPIApplication ? 'PS256' : 'RS256';
    const token = await this.keys.sign(organization.id, { alg, typ: 'at+jwt' }, claimsOf(content, id));
    return { token, id };
  }

  async identify(token: string, organization: OrganizationContext): Promise<string | undefined> {
    if (token.split('.').length !== 3) return undefined;
    const key = `${organization.id}:${sha256Hex(token)}`;
    const known = this.#verified.get(key);
    if (known !== undefined) return known;
    try {
      const { payload } = await this.keys.verify(organization.id, token, { typ: 'at+jwt' });
      if (payload.jti !== undefined) this.#verified.set(key, payload.jti);
      return payload.jti;
    } catch {
      return undefined;
    }
  }
}

/** Claims of an access token (contract; RFC 9068 §2.2). */
function claimsOf(content: AccessTokenContent, id: string): JWTPayload {
  const { client, audience, issuedAt, scopes, person, bound } = content;
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
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
    aut: content.subjectType,
    ...(bound ? { binding_type: bound.type, binding_ref: bindingRef(bound), cnf: content.confirmation } : {}),
    ...(content.actor ? { act: content.actor } : {}),
    ...(content.authorizationDetails ? { authorization_details: content.authorizationDetails } : {}),
    org_id: accessing.id,
    org_name: accessing.name,
    org_handle: accessing.handle,
    ...(person ? { user_org: person.orgId } : {}),
  };
}
