import type { JWTPayload } from 'jose';
import { inject, injectable } from 'tsyringe';
import {
  type Connections,
  ConnectionsToken,
  type IdentityProvider,
  type IssuerKeys,
  IssuerKeysToken,
  IssuerSignatureError,
} from '#core/connections';
import { type KeySets, KeySetsToken } from '#core/crypto';
import type { HttpRequest } from '#core/http';
import { type Clock, ClockToken, token } from '#core/kernel';
import { issuerOf } from '../issuer.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { AssertionError, checkLength, readJwt, type UncheckedJwt } from './jwt-reading.js';

/** Injection token of the reader of assertions. */
export const AssertionsToken = token<Assertions>('oauth.assertions');

/** Kinds of signed JWTs of this server that say who somebody is; others (refresh tokens, logout tokens) are no assertions. */
export type OwnKind = 'access_token' | 'id_token' | 'subject_token';

/** A JWT with the signature of its issuer. `aud` and times are still to be checked. */
export interface Assertion {
  /** The JWT itself, decrypted. */
  readonly jwt: string;
  readonly claims: JWTPayload & { readonly iss: string; readonly sub: string; readonly exp: number };
  readonly audience: readonly string[];
  /** Who issued it: an identity provider, or this server. */
  readonly issuer: { readonly idp: IdentityProvider } | { readonly own: OwnKind };
}

const ownKinds: Readonly<Record<string, OwnKind>> = {
  'at+jwt': 'access_token',
  JWT: 'id_token',
  jwt: 'subject_token',
};
/** `typ` that assertions of others may have; what was made for another purpose says so there (RFC 8725 §3.11). */
const foreignTypes: readonly unknown[] = [undefined, 'jwt', 'at+jwt', 'application/jwt', 'application/at+jwt'];

/** End of the year 9999: later times do not fit into every database. */
const LATEST_MS = 253_402_300_799_000;

/** Reads JSON Web Tokens that are to say who somebody is (RFC 7521, RFC 7523): of trusted issuers, and of this server. */
@injectable()
export class Assertions {
  constructor(
    @inject(ConnectionsToken) private readonly connections: Connections,
    @inject(IssuerKeysToken) private readonly issuerKeys: IssuerKeys,
    @inject(KeySetsToken) private readonly keys: KeySets,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /**
   * Finds out who issued a JWT, in the order of the contract: what it has to say, its issuer, its signature. What is
   * encrypted for the organization is decrypted first.
   *
   * @throws AssertionError
   */
  async open(http: HttpRequest, text: string): Promise<Assertion> {
    const jwt = await this.#decrypted(http.organization.id, text);
    const { jwt: limits } = this.options;
    const unchecked = readJwt(jwt, limits.enable_depth_validation ? limits.maximum_allowed_depth : undefined);
    const iss = issuerIn(unchecked);
    if (iss === issuerOf(http, this.options)) return this.#own(http.organization.id, jwt, unchecked);
    const idp = await this.connections.findByIssuer(http.organization.id, iss);
    if (!idp)
      throw new AssertionError('unknown_issuer', `No Registered IDP found for the JWT with issuer name : ${iss}`);
    const { typ } = unchecked.header;
    if (!foreignTypes.includes(typeof typ === 'string' ? typ.toLowerCase() : typ)) throw otherKind();
    try {
      return assertionOf(jwt, (await this.issuerKeys.verify(idp, jwt)).claims, { idp });
    } catch (error) {
      throw error instanceof IssuerSignatureError ? notSigned(error) : error;
    }
  }

  /** Whether `exp`, `nbf` and, within a window of milliseconds, `iat` are good now. Throws AssertionError. */
  checkTimes({ claims: { exp, nbf, iat } }: Assertion, window?: number): void {
    const skew = this.options.timestamp_skew;
    const now = this.clock.now();
    if (exp * 1000 + skew <= now) throw new AssertionError('expired', 'The JSON Web Token is expired.');
    if (nbf !== undefined && nbf * 1000 - skew > now)
      throw new AssertionError('not_yet', 'The JSON Web Token is not good yet: its nbf lies in the future.');
    if (window === undefined || iat === undefined) return;
    if (iat * 1000 - skew > now)
      throw new AssertionError('not_yet', 'The JSON Web Token is not good yet: its iat lies in the future.');
    if (iat * 1000 + window + skew < now)
      throw new AssertionError(
        'too_old',
        `The JSON Web Token was issued more than ${window / 60_000} minutes ago, which is not allowed.`,
      );
  }

  /** `iss` of tokens of the organization of a request. */
  issuerOf(http: HttpRequest): string {
    return issuerOf(http, this.options);
  }

  /** Until when {@link checkTimes} passes at most, in milliseconds since the epoch. */
  goodUntil({ claims: { exp, iat } }: Assertion, window?: number): number {
    const end = window === undefined || iat === undefined ? exp * 1000 : Math.min(exp * 1000, iat * 1000 + window);
    return Math.min(end + this.options.timestamp_skew + 1000, LATEST_MS);
  }

  /** What an assertion may call this server in `aud`: its issuer, and the alias that the issuer of the assertion knows. */
  ownNames(http: HttpRequest, { issuer }: Assertion): string[] {
    const tokenUrl = `${http.baseUrl}/oauth2/token`;
    if ('own' in issuer) return [issuerOf(http, this.options), tokenUrl];
    const { alias } = issuer.idp.settings;
    return alias === undefined || alias === '' ? [issuerOf(http, this.options), tokenUrl] : [alias];
  }

  async #decrypted(orgId: string, text: string): Promise<string> {
    checkLength(text);
    if (text.split('.').length !== 5) return text;
    try {
      return await this.keys.decrypt(orgId, text);
    } catch (cause) {
      throw new AssertionError('malformed', 'The assertion cannot be decrypted with the key of this organization.', {
        cause,
      });
    }
  }

  /** One that this server has signed. Whether it is still good is for who uses it to look up. */
  async #own(orgId: string, jwt: string, { header }: UncheckedJwt): Promise<Assertion> {
    const own = typeof header['typ'] === 'string' ? ownKinds[header['typ']] : undefined;
    if (!own) throw otherKind();
    try {
      // Times are looked at later, in the order in which their errors are due.
      const { payload } = await this.keys.verify(orgId, jwt, { clockTolerance: Number.MAX_SAFE_INTEGER });
      return assertionOf(jwt, payload, { own });
    } catch (error) {
      throw error instanceof AssertionError ? error : notSigned(error);
    }
  }
}

function issuerIn({ claims }: UncheckedJwt): string {
  const { iss, sub, exp, aud } = claims;
  const isThere = [iss, sub].every((value) => typeof value === 'string' && value !== '');
  if (!isThere || exp === undefined || aud === undefined || (Array.isArray(aud) && aud.length === 0))
    throw new AssertionError(
      'incomplete',
      'Mandatory fields(Issuer, Subject, Expiration time or Audience) are empty in the given JSON Web Token.',
    );
  return iss as string;
}

/** Claims whose signature is good, with the types that they have to have. */
function assertionOf(jwt: string, claims: JWTPayload, issuer: Assertion['issuer']): Assertion {
  const { iss, sub, exp, nbf, iat, jti, aud } = claims;
  const audience = [aud ?? []].flat();
  const isTime = (value: unknown) => value === undefined || (typeof value === 'number' && Number.isFinite(value));
  if (typeof exp !== 'number' || ![exp, nbf, iat].every(isTime) || !audience.every((one) => typeof one === 'string'))
    throw new AssertionError('incomplete', 'exp, nbf, iat have to be numbers and aud texts in a JSON Web Token.');
  if (jti !== undefined && typeof jti !== 'string')
    throw new AssertionError('incomplete', 'jti has to be a text in a JSON Web Token.');
  if (typeof sub !== 'string' || sub.length > 255 || hasControls(sub))
    throw new AssertionError('subject', 'The subject of the JSON Web Token is longer than 255 characters or no name.');
  return { jwt, claims: { ...claims, iss: iss as string, sub, exp }, audience, issuer };
}

/** Characters that no name has, and that not every database keeps. */
const hasControls = (text: string) => [...text].some((char) => char < ' ' || char === '\u007f');

const notSigned = (cause: unknown) =>
  new AssertionError('signature', 'Signature or Message Authentication invalid.', { cause });
const otherKind = () => new AssertionError('signature', 'The JSON Web Token was made for another purpose (typ).');
