import { decodeJwt, decodeProtectedHeader } from 'jose';
import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  type Connections,
  ConnectionsToken,
  type FederatedAssociations,
  FederatedAssociationsToken,
  type IdentityProvider,
  type IssuerKeys,
  IssuerKeysToken,
  IssuerSignatureError,
} from '#core/connections';
import { sha256Hex } from '#core/crypto';
import { type HttpRequest, type Reply, Routes, type RouteTable } from '#core/http';
import { type Clock, ClockToken, duration, flag, type SetupContext, settings, token } from '#core/kernel';
import { claim, type Database, DatabaseToken, type StateStore, StateStoreToken } from '#core/persistence';
import { type SessionService, SessionServiceToken } from '#core/sessions';
import { OAuthError, oauthErrors } from '../errors.js';
import { issuerOf } from '../issuer.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';

/** `[authentication.authenticator.oidc.parameters]` */
export const FederatedLogoutSettings = settings(
  'authentication.authenticator.oidc.parameters',
  z.strictObject({
    enableIatValidation: flag().prefault(true).describe('Whether logout tokens of identity providers have to be fresh'),
    iatValidityPeriod: duration('s').prefault(300).describe('How old a logout token of an identity provider may be'),
  }),
);
/** Injection token of these settings. */
const FederatedLogoutOptionsToken = token<z.output<(typeof FederatedLogoutSettings)['schema']>>(
  'oauth.federated-logout-options',
);

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const KIND = 'oauth-federated-logout';
const MAX_LENGTH = 16_384;
/** How long a logout token without a limit of its own is remembered, in milliseconds. */
const REMEMBERED_MS = 86_400_000;

const text = z.string().min(1).max(1024);
const time = z.number().min(0).max(253_402_300_799);
/** Claims of a logout token (OpenID Connect Back-Channel Logout §2.4). */
const logoutClaims = z
  .looseObject({
    iss: text,
    aud: z.union([text, z.array(text).min(1).max(50)]),
    iat: time,
    exp: time.optional(),
    jti: text,
    sub: text.optional(),
    sid: text.optional(),
    events: z.looseObject({ [EVENT]: z.looseObject({}) }),
    nonce: z.never().optional(),
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined, { error: 'it has neither sub nor sid' });
type LogoutClaims = z.output<typeof logoutClaims>;

/** Ends sessions here when an identity provider says that those have ended from which they were made. */
@injectable()
class FederatedLogout {
  constructor(
    @inject(ConnectionsToken) private readonly connections: Connections,
    @inject(IssuerKeysToken) private readonly issuerKeys: IssuerKeys,
    @inject(FederatedAssociationsToken) private readonly associations: FederatedAssociations,
    @inject(SessionServiceToken) private readonly sessions: SessionService,
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(OAuthOptionsToken) private readonly oauth: OAuthOptions,
    @inject(FederatedLogoutOptionsToken) private readonly options: z.output<(typeof FederatedLogoutSettings)['schema']>,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /** Takes a logout token. That there is no session any more is as good as ending it. Throws OAuthError. */
  async handle(http: HttpRequest): Promise<Reply> {
    const [jwt, ...more] = http.form.getAll('logout_token');
    if (!jwt || more.length > 0) throw refused('One logout_token is required.');
    const idp = await this.#issuer(http, jwt);
    const claims = await this.#checked(http, idp, jwt);
    // Together, so that a token that has ended nothing because something went wrong can be sent again.
    await this.database.run(async () => {
      await this.#useUp(http.organization.id, idp, claims);
      await this.#end(http.organization.id, idp, claims);
    });
    return { status: 200, json: {}, headers: { 'Cache-Control': 'no-store' } };
  }

  async #issuer(http: HttpRequest, jwt: string): Promise<IdentityProvider> {
    if (jwt.length > MAX_LENGTH) throw refused(`The logout token is longer than ${MAX_LENGTH} characters.`);
    const iss = issuerIn(jwt);
    const idp = iss === undefined ? undefined : await this.connections.findByIssuer(http.organization.id, iss);
    if (!idp) throw refused('The logout token is of no identity provider of the organization.');
    return idp;
  }

  async #checked(http: HttpRequest, idp: IdentityProvider, jwt: string): Promise<LogoutClaims> {
    const signed = await this.issuerKeys.verify(idp, jwt).catch((cause: unknown) => {
      throw cause instanceof IssuerSignatureError ? refused(cause.message, cause) : cause;
    });
    const parsed = logoutClaims.safeParse(signed.claims);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw refused(`The logout token is not good: ${issue?.path.join('.') || 'claims'}: ${issue?.message}.`);
    }
    const claims = parsed.data;
    const { alias } = idp.settings;
    const names = alias ? [alias] : [issuerOf(http, this.oauth), `${http.baseUrl}/oauth2/token`];
    if (![claims.aud].flat().some((name) => names.includes(name))) throw refused('The logout token is for another.');
    this.#checkTimes(claims);
    return claims;
  }

  #checkTimes({ iat, exp }: LogoutClaims): void {
    const now = this.clock.now();
    const skew = this.oauth.timestamp_skew;
    if (exp !== undefined && exp * 1000 + skew <= now) throw refused('The logout token is expired.');
    if (!this.options.enableIatValidation) return;
    if (iat * 1000 - skew > now) throw refused('The logout token was issued in the future.');
    if (iat * 1000 + this.options.iatValidityPeriod + skew < now) throw refused('The logout token is too old.');
  }

  /** Each logout token counts once; no longer than it is good has it to be remembered. */
  async #useUp(orgId: string, { id }: IdentityProvider, { jti, iat, exp }: LogoutClaims): Promise<void> {
    const now = this.clock.now();
    const fresh = this.options.enableIatValidation ? iat * 1000 + this.options.iatValidityPeriod : now + REMEMBERED_MS;
    const until = Math.max(now, Math.min(fresh, exp === undefined ? fresh : exp * 1000)) + this.oauth.timestamp_skew;
    const entry = { orgId, kind: KIND, id: sha256Hex(JSON.stringify([id, jti])), value: true };
    if (!(await claim(this.state, { ...entry, expiresAt: until + 1000 })))
      throw refused('The logout token was used before.');
  }

  async #end(orgId: string, { id: idp }: IdentityProvider, { sid, sub }: LogoutClaims): Promise<void> {
    if (sid !== undefined)
      await this.sessions.terminateFederated(orgId, { idp, sid, ...(sub === undefined ? {} : { sub }) });
    else if (sub !== undefined) {
      const association = await this.associations.find(orgId, idp, sub);
      if (association) await this.sessions.terminateAllOf(orgId, association.userId);
      await this.sessions.terminateFederated(orgId, { idp, sub });
    }
  }
}

/** Sets up the endpoint at which identity providers say so. */
export function setUpFederatedLogout({ container, contribute, settings: read }: SetupContext<unknown>): void {
  container.provideValue(FederatedLogoutOptionsToken, read(FederatedLogoutSettings));
  const logout = container.build(FederatedLogout);
  const table: RouteTable = {
    name: 'federated-logout',
    base: '/identity/oidc',
    errors: oauthErrors,
    routes: [
      {
        operationId: 'federatedLogout',
        method: 'post',
        path: '/slo',
        access: 'public',
        summary: 'An identity provider ends sessions (OpenID Connect Back-Channel Logout)',
        handle: (request) => logout.handle(request),
      },
    ],
  };
  contribute(Routes, table.name, table);
}

/** `iss` of a JWT that says of itself, if anything, that it is a logout token; not verified yet. */
function issuerIn(jwt: string): string | undefined {
  try {
    const { typ = 'JWT' } = decodeProtectedHeader(jwt);
    // What was made for another purpose says so there (RFC 8725 §3.11).
    if (!/^(application\/)?(logout\+)?jwt$/i.test(String(typ))) return undefined;
    const { iss } = decodeJwt(jwt);
    return typeof iss === 'string' && iss.length <= 1024 ? iss : undefined;
  } catch {
    return undefined;
  }
}

const refused = (description: string, cause?: unknown) => new OAuthError('invalid_request', description, { cause });
