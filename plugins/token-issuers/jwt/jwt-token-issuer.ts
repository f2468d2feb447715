import { LRUCache } from 'lru-cache';
import { v4 as uuid } from 'uuid';
import { type KeySets, sha256Hex } from '#core/crypto';
import type { OrganizationContext } from '#core/http';
import type { AccessTokenContent, TokenIssuer } from '#core/oauth';

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
    const { client, organization, audience, issuedAt, scopes, attributes } = content;
    const { clientId } = client.entity;
    const token = await this.keys.sign(
      organization.id,
      { alg: 'RS256', typ: 'at+jwt' },
      {
        ...attributes,
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
        org_id: organization.id,
        org_name: organization.name,
        org_handle: organization.handle,
        ...(content.user ? { user_org: content.user.orgId } : {}),
      },
    );
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
