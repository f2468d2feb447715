import { inject, injectable } from 'tsyringe';
import type { Cookie, HttpRequest } from '#core/http';
import { type Registry, type Soon, token } from '#core/kernel';
import { type SessionService, SessionServiceToken } from '#core/sessions';
import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { type Grants, GrantsToken } from '../tokens/grants.js';
import type { Authentication, Bound, GrantRecord } from '../tokens/records.js';
import type { TokenIntent } from './grant-type.js';
import {
  type BindingRequest,
  type BindingVisit,
  type TokenBinding,
  TokenBindingRegistryToken,
} from './token-binding.js';

/** Injection token of the rules of token bindings. */
export const BindingsToken = token<Bindings>('oauth.bindings');

/** A use of a bound token. */
export interface BindingUse {
  readonly http: HttpRequest;
  readonly parameters: URLSearchParams;
  readonly client: OAuthClient;
  /** The token of an API call. */
  readonly accessToken?: string;
}

/** What a visit at the authorization endpoint has bound. */
export interface BoundVisit {
  readonly bound: Bound | undefined;
  readonly cookies: readonly Cookie[];
}

const REFRESH = 'refresh_token';
/** The binding of clients that have chosen none. */
const UNBOUND = 'None';

/** When tokens are bound, and when that is looked at: the same rules for every binding. */
@injectable()
export class Bindings {
  constructor(
    @inject(TokenBindingRegistryToken) private readonly registry: Registry<TokenBinding>,
    @inject(SessionServiceToken) private readonly sessions: SessionService,
    @inject(GrantsToken) private readonly grants: Grants,
  ) {}

  /** What a browser's visit binds, for a code that is about to be issued. */
  visit(visit: BindingVisit): BoundVisit {
    const binding = this.#chosenBy(visit.client);
    const made = binding?.visit?.(visit);
    if (!binding || !made) return { bound: undefined, cookies: [] };
    return { bound: { type: binding.type, value: made.value }, cookies: made.cookies ?? [] };
  }

  /** Whether there is anything to bind, or to look at: for most requests there is not. */
  concerns({ client }: BindingRequest, { bound, dpopJkt }: TokenIntent): boolean {
    return bound !== undefined || dpopJkt !== undefined || client.settings.accessToken.bindingType !== UNBOUND;
  }

  /**
   * To what the tokens of an intent are bound: to what the grant has brought, which the request has to show, else to
   * what the client has chosen. Throws OAuthError, `invalid_grant` when the request does not show it.
   */
  async bind(request: BindingRequest, intent: TokenIntent, orgId: string): Promise<Bound | undefined> {
    const { client, http } = request;
    if (intent.dpopJkt !== undefined) await this.#checkKey(intent.dpopJkt, http);
    const { bound } = intent;
    if (bound) {
      const isRefresh = request.grantType === REFRESH;
      const isShown = isRefresh || this.#isConfirmed(bound) ? await this.isShown(bound, request) : true;
      if (!isShown || !(await this.#isSessionThere(bound, orgId, intent.authentication?.sessionId)))
        throw new OAuthError('invalid_grant', 'Valid token binding value not present in the request.');
      return bound;
    }
    const binding = this.#chosenBy(client);
    const value = await binding?.bind?.(request);
    return binding && value !== undefined ? { type: binding.type, value } : undefined;
  }

  /** Whether a request may use a bound token: it shows the value, or does not have to. Throws OAuthError. */
  async isShown(bound: Bound, { http, parameters, client, accessToken }: BindingUse): Promise<boolean> {
    const binding = this.registry.find(bound.type);
    // Nobody is left who could tell: then nobody uses it.
    if (!binding) return false;
    if (!binding.confirmation && !client.settings.accessToken.validateTokenBinding) return true;
    return binding.matches(bound.value, http, parameters, accessToken);
  }

  /** Whether a request with a token of somebody else beside its own shows what that one is bound to; a bad proof is none. */
  async isCarriedBy(bound: Bound, use: BindingUse): Promise<boolean> {
    try {
      return await this.isShown(bound, use);
    } catch (error) {
      if (error instanceof OAuthError && error.code === 'invalid_dpop_proof') return false;
      throw error;
    }
  }

  /** Whether a request may revoke a bound token. */
  async mayRevoke(bound: Bound, use: BindingUse): Promise<boolean> {
    const binding = this.registry.find(bound.type);
    // To end a token must not depend on a plugin that is not there any more.
    if (!binding || binding.revocableByAnyone || !use.client.settings.accessToken.validateTokenBinding) return true;
    return binding.matches(bound.value, use.http, use.parameters);
  }

  /** Whether that to which a grant is bound is still there. When its session is gone, the grant is ended. */
  isAlive(orgId: string, grantId: string, grant: GrantRecord): Soon<boolean> {
    return grant.bound === undefined || this.#isBoundAlive(orgId, grantId, grant.bound, grant.authentication);
  }

  async #isBoundAlive(orgId: string, grantId: string, bound: Bound, authentication: Authentication): Promise<boolean> {
    if (await this.#isSessionThere(bound, orgId, authentication.sessionId)) return true;
    await this.grants.revoke(orgId, grantId, 'session-gone');
    return false;
  }

  /** The scheme under which a token is sent. */
  schemeOf(bound: Bound | undefined): 'Bearer' | 'DPoP' {
    return (bound && this.registry.find(bound.type)?.tokenType) ?? 'Bearer';
  }

  /** Further parameters of the challenges of a scheme. */
  challengeOf(scheme: 'Bearer' | 'DPoP'): string | undefined {
    return this.registry.all().find(({ tokenType = 'Bearer', challenge }) => tokenType === scheme && challenge)
      ?.challenge;
  }

  /** Headers of the answer to a token request. */
  headersOf(bound: Bound | undefined, http: HttpRequest): Readonly<Record<string, string>> {
    return (bound && this.registry.find(bound.type)?.headers?.(http)) ?? {};
  }

  /** `cnf`, `binding_type` and the like for introspection. */
  confirmationOf(bound: Bound): Readonly<Record<string, string>> | undefined {
    return this.registry.find(bound.type)?.confirmation?.(bound.value);
  }

  /**
   * The key to which a pushed authorization request binds its code: a proof that comes with it counts like `dpop_jkt`
   * (RFC 9449 §10.1). Throws OAuthError when the proof is bad, or by another key than `dpop_jkt` says.
   */
  async pushedKey(http: HttpRequest, dpopJkt: string | undefined): Promise<string | undefined> {
    for (const binding of this.registry.all()) {
      const proven = await binding.provenKey?.(http);
      if (proven === undefined) continue;
      if (dpopJkt !== undefined && proven !== dpopJkt) throw new OAuthError('invalid_dpop_proof', 'Invalid DPoP Proof');
      return proven;
    }
    return dpopJkt;
  }

  /** RFC 9449 §10: whoever has bound a code to a key proves it when the code is redeemed. */
  async #checkKey(thumbprint: string, http: HttpRequest): Promise<void> {
    const proven = await this.pushedKey(http, undefined);
    // Also where nobody is left who could look at a proof.
    if (proven === undefined) throw new OAuthError('invalid_dpop_proof', 'DPoP header is required.');
    if (proven !== thumbprint) throw new OAuthError('invalid_dpop_proof', 'Invalid DPoP Proof');
  }

  #chosenBy(client: OAuthClient): TokenBinding | undefined {
    const { bindingType } = client.settings.accessToken;
    if (bindingType === UNBOUND) return undefined;
    const binding = this.registry.find(bindingType);
    if (!binding) throw new OAuthError('server_error', 'The token binding of the application is not available.');
    return binding;
  }

  #isConfirmed(bound: Bound): boolean {
    return this.registry.find(bound.type)?.confirmation !== undefined;
  }

  async #isSessionThere(bound: Bound, orgId: string, sessionId: string | undefined): Promise<boolean> {
    if (!this.registry.find(bound.type)?.endsWithSession) return true;
    return sessionId !== undefined && this.sessions.isAlive(orgId, sessionId);
  }
}
