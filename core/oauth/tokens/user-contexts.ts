import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { type KeySets, KeySetsToken } from '#core/crypto';
import type { HttpRequest } from '#core/http';
import { type Clock, ClockToken, token } from '#core/kernel';
import { type UserService, UserServiceToken } from '#core/users';
import type { Person } from '../claims/person.js';
import { type OidcUserClaims, OidcUserClaimsToken } from '../claims/user-claims.js';
import { OAuthError } from '../errors.js';
import { issuerOf } from '../issuer.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import type { LiveToken } from './access-tokens.js';

/** Injection token of {@link UserContexts}. */
export const UserContextsToken = token<UserContexts>('oauth.user-contexts');

/** Header type: what is of this type is neither an ID token nor an access token (RFC 8725 §3.11). */
const TYPE = 'user-context+jwt';
/** How long it is good at most, in milliseconds: claims of users change. */
const LIFE_MS = 15 * 60_000;
/** How much may be asked for. */
const MOST_CLAIMS = 50;
const MOST_CHARACTERS = 4096;

/**
 * Claims about the user of a token for those who introspect it (`required_claims`, `token_string`), as a JWT that a
 * gateway can hand on. Nobody learns more in this way than the application of the token may know of its user.
 */
@injectable()
export class UserContexts {
  constructor(
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(OidcUserClaimsToken) private readonly claims: OidcUserClaims,
    @inject(KeySetsToken) private readonly keys: KeySets,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /**
   * The claims that a request asks for, by OpenID Connect name or local claim URI; undefined when it asks for none, or
   * the operator has not switched it on.
   *
   * @throws OAuthError `invalid_request` when it asks for too much
   */
  wanted(http: HttpRequest): ReadonlySet<string> | undefined {
    if (!this.options.introspection.enable_token_string) return undefined;
    const list = http.form.get('required_claims') ?? '';
    if (list.length > MOST_CHARACTERS)
      throw new OAuthError('invalid_request', `required_claims: at most ${MOST_CHARACTERS} characters.`);
    const names = new Set(list.split(',').map((name) => name.trim()));
    names.delete('');
    if (names.size > MOST_CLAIMS)
      throw new OAuthError('invalid_request', `required_claims: at most ${MOST_CLAIMS} claims.`);
    return names.size === 0 ? undefined : names;
  }

  /**
   * A JWT about the user of a token of the organization; undefined for tokens of applications.
   *
   * @param asker for whom it is: a client id, or the id of a user
   */
  async of(
    http: HttpRequest,
    live: LiveToken,
    wanted: ReadonlySet<string>,
    asker: string,
  ): Promise<string | undefined> {
    const { record, client } = live;
    const person = await this.#personOf(http, live);
    if (!person) return undefined;
    const now = this.clock.now();
    const claims = {
      ...(await this.#released(live, person, wanted)),
      iss: issuerOf(http, this.options),
      sub: record.subject,
      aud: asker,
      client_id: record.clientId,
      jti: uuid(),
      iat: Math.floor(now / 1000),
      exp: Math.floor(Math.min(record.expiresAt, now + LIFE_MS) / 1000),
    };
    const alg = client.settings.isFAPIApplication ? 'PS256' : 'RS256';
    return this.keys.sign(http.organization.id, { alg, typ: TYPE }, claims, this.options.thumbprints);
  }

  async #personOf(http: HttpRequest, { record }: LiveToken): Promise<Person | undefined> {
    if (record.userId === undefined) return undefined;
    return record.federated ?? (await this.users.findById(http.organization.id, record.userId));
  }

  /** What userinfo would tell, as far as it is asked for. */
  async #released(
    { record, client, grant }: LiveToken,
    person: Person,
    wanted: ReadonlySet<string>,
  ): Promise<Record<string, unknown>> {
    if (!record.scopes.includes('openid')) return {};
    const consented = grant ? grant.consentedClaims : record.consentedClaims;
    const request = grant?.claims?.userinfo;
    const requested = await this.claims.requested(client, record.scopes, request);
    const names = new Set(wanted);
    for (const { uri, names: own } of requested) if (wanted.has(uri)) for (const name of own) names.add(name);
    const released = await this.claims.release(client, person, record.scopes, consented, request, 'userinfo');
    return Object.fromEntries(Object.entries(released).filter(([name]) => names.has(name)));
  }
}
