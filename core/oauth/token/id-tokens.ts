import { hash } from 'node:crypto';
import { type JWTPayload, UnsecuredJWT } from 'jose';
import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { type KeySets, KeySetsToken } from '#core/crypto';
import type { HttpRequest } from '#core/http';
import { token } from '#core/kernel';
import { isAgent } from '../agents/agents.js';
import { isFederated, type Person } from '../claims/person.js';
import { type OidcUserClaims, OidcUserClaimsToken } from '../claims/user-claims.js';
import type { OAuthClient } from '../clients/client.service.js';
import { type FapiRules, FapiRulesToken } from '../fapi/fapi-rules.js';
import { issuerOf } from '../issuer.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import type { Accessing, Actor, Authentication, ClaimsRequest } from '../tokens/records.js';
import { type ClientEncryption, ClientEncryptionToken } from './client-encryption.js';

/** Injection token of the maker of ID tokens. */
export const IdTokensToken = token<IdTokens>('oauth.id-tokens');

/** What an ID token shall say. */
export interface IdTokenFacts {
  readonly http: HttpRequest;
  readonly client: OAuthClient;
  readonly person: Person;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly scopes: readonly string[];
  readonly authentication: Authentication;
  readonly nonce?: string | undefined;
  readonly wantsAuthTime?: boolean | undefined;
  readonly consentedClaims?: readonly string[] | undefined;
  readonly claims?: ClaimsRequest | undefined;
  readonly accessing?: Accessing | undefined;
  readonly isAgent?: boolean | undefined;
  /** Who acts for the person; without it such a token would pass for one of the person's own. */
  readonly actor?: Actor | undefined;
  /** What is issued with it, for `at_hash`, `c_hash` and `s_hash`. */
  readonly accessToken?: string | undefined;
  readonly code?: string | undefined;
  readonly state?: string | undefined;
}

/** Makes ID tokens (OpenID Connect Core §2). */
@injectable()
export class IdTokens {
  constructor(
    @inject(KeySetsToken) private readonly keys: KeySets,
    @inject(OidcUserClaimsToken) private readonly userClaims: OidcUserClaims,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
    @inject(FapiRulesToken) private readonly fapi: FapiRules,
    @inject(ClientEncryptionToken) private readonly encryption: ClientEncryption,
  ) {}

  /** An ID token, signed and encrypted as the client wants it. Throws OAuthError when there is no key to encrypt with. */
  async issue(facts: IdTokenFacts): Promise<string> {
    const { client, person, scopes, consentedClaims } = facts;
    const released = await this.userClaims.release(client, person, scopes, consentedClaims, facts.claims?.id_token);
    const naming = this.userClaims.subject(client, person);
    const subject = naming instanceof Promise ? await naming : naming;
    const claims = this.#claims(facts, subject, released);
    const signed = await this.#signed(facts, claims);
    const { enabled, algorithm, method } = client.settings.idToken.encryption;
    if (!enabled) return signed;
    const { supported_encryption_algorithms, supported_encryption_methods } = this.options.oidc.id_token;
    return this.encryption.encrypt(client, signed, {
      algorithm: algorithm || (supported_encryption_algorithms[0] as string),
      method: method || (supported_encryption_methods[0] as string),
    });
  }

  /** Unsigned only for whom nobody but the token endpoint hands ID tokens to (OpenID Connect Core §3.1.3.7). */
  async #signed({ http, client, code, state }: IdTokenFacts, claims: JWTPayload): Promise<string> {
    const { settings } = client;
    const chosen = this.fapi.idTokenAlgorithm(client);
    const isFront = code !== undefined || state !== undefined || settings.hybridFlow.enable;
    if (chosen === 'none' && !isFront && !settings.grantTypes.includes('implicit'))
      return new UnsecuredJWT(claims).encode();
    const alg = chosen === 'none' ? 'RS256' : chosen;
    return this.keys.sign(http.organization.id, { alg, typ: 'JWT' }, claims, this.options.thumbprints);
  }

  /** `realm`: where the user is from, as far as the operator wants it told. */
  #realm({ http, person }: IdTokenFacts): Record<string, string> | undefined {
    const { add_tenant_domain_to_realm: tenant, add_userstore_domain_to_realm: store } = this.options.oidc.id_token;
    const realm = {
      ...(tenant ? { tenant: http.organization.handle } : {}),
      ...(store && !isFederated(person) ? { userstore: person.domain } : {}),
    };
    return Object.keys(realm).length > 0 ? realm : undefined;
  }

  /** All claims; those that are undefined are left out of the token, whatever the user's attributes say. */
  #claims(facts: IdTokenFacts, subject: string, released: Readonly<Record<string, unknown>>): JWTPayload {
    const { http, client, person, authentication, now, accessing = http.organization } = facts;
    const { clientId } = client.entity;
    const iat = Math.floor(now / 1000);
    const claims: JWTPayload = {
      iss: issuerOf(http, this.options),
      sub: subject,
      aud: this.#audience(client),
      azp: clientId,
      iat,
      nbf: iat,
      exp: iat + client.settings.idToken.expiryInSeconds,
      jti: uuid(),
      amr: authentication.methods,
      nonce: facts.nonce,
      acr: authentication.acr,
      sid: authentication.sessionId,
      auth_time: wantsAuthTime(facts) ? Math.floor(authentication.time / 1000) : undefined,
      at_hash: halfHash(facts.accessToken),
      c_hash: halfHash(facts.code),
      s_hash: halfHash(facts.state),
      act: facts.actor,
      aut: facts.isAgent === true || isAgent(person) ? 'AGENT' : undefined,
      // Only users of ours have a home organization, whatever others say of theirs.
      user_org: isFederated(person) ? undefined : person.orgId,
      realm: this.#realm(facts),
      org_id: accessing.id,
      org_name: accessing.name,
      org_handle: accessing.handle,
    };
    for (const [name, value] of Object.entries(released)) if (!Object.hasOwn(claims, name)) claims[name] = value;
    return claims;
  }

  #audience({ entity: { clientId }, settings }: OAuthClient): string | string[] {
    const further = [...settings.idToken.audience, ...this.options.oidc.id_token.audiences];
    const audience = new Set([clientId, ...further]);
    return audience.size === 1 ? clientId : [...audience];
  }
}

/** `max_age`, or an essential `auth_time` in the `claims` parameter. */
const wantsAuthTime = ({ wantsAuthTime: asked, claims }: IdTokenFacts): boolean =>
  asked === true || claims?.id_token?.['auth_time']?.essential === true;

/** Left half of the SHA-256 of a value (OpenID Connect Core §3.1.3.6); for RS256, PS256 and ES256 alike. */
function halfHash(value: string | undefined): string | undefined {
  return value === undefined ? undefined : hash('sha256', value, 'buffer').subarray(0, 16).toString('base64url');
}
