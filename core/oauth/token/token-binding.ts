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
  /** `token_type` of bound tokens, and the scheme under which they are sent; `Bearer` when absent. */
  readonly tokenType?: 'DPoP';
  /** Parameters of the challenge (RFC 9110 §11.6.1) when such a token is refused: `algs="ES256"`. */
  readonly challenge?: string;
  /** Whether bound tokens end with the session in which the user agreed to them. */
  readonly endsWithSession?: boolean;
  /** Whether a token can be revoked without showing the value, also where the application wants values validated. */
  readonly revocableByAnyone?: boolean;
  /** What the discovery document says of it. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /**
   * For what only the browser has: the value of a visit at the authorization endpoint, which goes into the code.
   * Bindings without it are bound at the token endpoint.
   */
  visit?(visit: BindingVisit): { readonly value: string; readonly cookies?: readonly Cookie[] } | undefined;
  /** The value of a token request; undefined: the token stays unbound. Throws OAuthError when it has to be bound and cannot. */
  bind?(request: BindingRequest): Promise<string | undefined>;
  /**
   * Whether a request that carries a bound token (an API call, a refresh, a revocation) shows the value. Throws
   * OAuthError when the request can be told more than that it does not.
   *
   * @param accessToken the token of an API call
   */
  matches(value: string, http: HttpRequest, parameters: URLSearchParams, accessToken?: string): Promise<boolean>;
  /**
   * `cnf` of bound tokens (RFC 7800); none when absent. Tokens with a confirmation are validated whenever they are
   * used; others only where the application says so (`validateTokenBinding`).
   */
  confirmation?(value: string): Readonly<Record<string, string>>;
  /** Thumbprint (RFC 7638) of the key that a request proves to have; undefined when it proves none. Throws OAuthError for a bad proof. */
  provenKey?(http: HttpRequest): Promise<string | undefined>;
  /** Headers of the answer to a token request that has got a bound token. */
  headers?(http: HttpRequest): Readonly<Record<string, string>>;
}

/** Token bindings by type. */
export const TokenBindings = extensionPoint<TokenBinding>('token-bindings');

/** Injection token of the registry of token bindings. */
export const TokenBindingRegistryToken = token<Registry<TokenBinding>>('oauth.token-bindings');

/** `binding_ref` of tokens: names the bound value without telling it. MD5 is what the contract has; nothing rests on it. */
export const bindingRef = ({ value }: Bound): string => createHash('md5').update(value).digest('hex');
