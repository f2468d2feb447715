import { createHash } from 'node:crypto';
import type { Cookie, HttpRequest } from '#core/http';
import { extensionPoint, type Registry, token } from '#core/kernel';
import type { OAuthClient } from '../clients/client.service.js';
import type { Bound } from '../tokens/records.js';

/** A token request as a binding sees it. */
export interface BindingRequest {
  readonly http: HttpRequest;
  readonly parameters: URLSearchParams;
  readonly client: OAuthClient;
  readonly grantType: string;
}

/** A browser's authorization request as a binding sees it. */
export interface BindingVisit {
  readonly http: HttpRequest;
  readonly client: OAuthClient;
  readonly sessionId: string;
}

/** Ties tokens to something that whoever uses them has to show (`accessToken.bindingType`). */
export interface TokenBinding {
  /** Name in the configuration of applications: `DPoP`. */
  readonly type: string;
  /** `token_type` of bound tokens; `Bearer` when absent. */
  readonly tokenType?: 'DPoP';
  /**
   * For what only the browser has: the value of a visit at the authorization endpoint, which goes into the code.
   * Bindings without it are bound at the token endpoint.
   */
  visit?(visit: BindingVisit): { readonly value: string; readonly cookies?: readonly Cookie[] } | undefined;
  /** The value of a token request; undefined: the token stays unbound. Throws OAuthError when it has to be bound and cannot. */
  bind?(request: BindingRequest): Promise<string | undefined>;
  /** Whether a request that carries a bound token (an API call, a refresh, a revocation) shows the value. */
  matches(value: string, http: HttpRequest, parameters: URLSearchParams, accessToken?: string): Promise<boolean>;
  /** `cnf` of bound tokens (RFC 7800); none when absent. */
  confirmation?(value: string): Readonly<Record<string, string>>;
}

/** Token bindings by type. */
export const TokenBindings = extensionPoint<TokenBinding>('token-bindings');

/** Injection token of the registry of token bindings. */
export const TokenBindingRegistryToken = token<Registry<TokenBinding>>('oauth.token-bindings');

/** `binding_ref` of tokens: names the bound value without telling it. MD5 is what the contract has; nothing rests on it. */
export const bindingRef = ({ value }: Bound): string => createHash('md5').update(value).digest('hex');
