import type { HttpRequest, Reply } from '#core/http';
import { extensionPoint, type Registry, token } from '#core/kernel';
import type { StateChange } from '#core/persistence';
import type { Session } from '#core/sessions';
import type { User } from '#core/users';
import type { OAuthClient } from '../clients/client.service.js';
import type { GrantRecord } from '../tokens/records.js';
import type { AuthorizeRequest } from './authorize-request.js';

/** An authorization request that the user has agreed to. */
export interface Authorization {
  readonly http: HttpRequest;
  readonly client: OAuthClient;
  readonly authorize: AuthorizeRequest;
  readonly session: Session;
  readonly user: User;
  /** Scopes that are granted. */
  readonly scopes: readonly string[];
  /** Local claim URIs that the user has agreed to; undefined: was not asked. */
  readonly consentedClaims: readonly string[] | undefined;
  /** Id of the grant that everything in the answer belongs to. */
  readonly grantId: string;
  /** The grant, as the tokens will know it. */
  readonly grant: GrantRecord;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What a response type gives: parameters of the answer, and what has to be stored with it. */
export interface ResponsePart {
  readonly parameters: Readonly<Record<string, string>>;
  readonly changes: readonly StateChange[];
}

/** A value of `response_type`, or one of several that it is made of. */
export interface ResponseType {
  /** `code` */
  readonly name: string;
  /** Grant types of which the application must have one. */
  readonly grantTypes: readonly string[];
  /** Whether the answer has something that must not stand in a query: tokens. */
  readonly answersInFragment: boolean;
  /**
   * Looks, before anybody signs in, whether it can answer a request.
   *
   * @throws OAuthError when it cannot; the error goes to the client
   */
  check?(authorize: AuthorizeRequest, client: OAuthClient): void;
  /** Whether the client waits elsewhere for the answer: requests of browsers cannot name it. */
  readonly detached?: boolean;
  /** @param before parameters of the parts that have answered already */
  respond(authorization: Authorization, before: Readonly<Record<string, string>>): Promise<ResponsePart>;
}

/** Response types by name. */
export const ResponseTypes = extensionPoint<ResponseType>('response-types');

/** What is sent to a client: an answer or an error. */
export interface Answer {
  readonly client: OAuthClient;
  readonly redirectUri: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether answers to this response type have tokens: then nothing of them, errors neither, stands in a query. */
  readonly inFragment: boolean;
  readonly http: HttpRequest;
}

/** A way to carry the parameters of an answer to the client (OAuth 2.0 Multiple Response Types, Form Post, JARM). */
export interface ResponseMode {
  readonly name: string;
  /** Description of the error for requests whose answers would have tokens, when it must not carry those. */
  readonly refusesTokens?: string;
  render(answer: Answer): Promise<Reply> | Reply;
}

/** Response modes by name. */
export const ResponseModes = extensionPoint<ResponseMode>('response-modes');

/** Injection token of the registry of response modes. */
export const ResponseModeRegistryToken = token<Registry<ResponseMode>>('oauth.response-modes');
