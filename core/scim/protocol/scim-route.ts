import { z } from 'zod';
import type { Access, HttpRequest, Principal, RouteDeclaration } from '#core/http';
import { type JsonObject, objectBody } from './json-body.js';
import { answerType } from './media-types.js';

/** An answer. */
export interface ScimReply {
  readonly status: number;
  /** JSON; absent: no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request together with what every handler needs of it. */
export interface ScimCall {
  readonly request: HttpRequest;
  readonly orgId: string;
  /** Path parameters. */
  readonly params: Readonly<Record<string, string>>;
  /** Undefined on routes for everybody. */
  readonly principal: Principal | undefined;
  /**
   * The JSON object in the body.
   *
   * @throws ScimError 415 or 400 invalidSyntax
   */
  body(): JsonObject;
}

/** A SCIM route. */
export interface ScimRoute {
  readonly operationId: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Below `/scim2`. */
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  /** Status of success, for the document. */
  readonly status: number;
  /** Query parameters, for the document. */
  readonly query?: z.ZodType;
  /** Whether everybody may call it just now. */
  readonly open?: (request: HttpRequest) => Promise<boolean>;
  handle(call: ScimCall): Promise<ScimReply> | ScimReply;
}

const anyObject = z.looseObject({});

/** Declares a SCIM route: media types in and out, the body as JSON. Errors are those of the table. */
export function scimRoute({ handle, status, query, ...basics }: ScimRoute): RouteDeclaration {
  const hasBody = basics.method === 'post' || basics.method === 'put' || basics.method === 'patch';
  return {
    ...basics,
    cors: true,
    schemas: {
      status,
      ...(query ? { query } : {}),
      ...(hasBody ? { body: anyObject, consumes: 'json' } : {}),
      ...(status === 204 ? {} : { response: anyObject }),
    },
    async handle(request) {
      const type = answerType(request);
      const { organization, params, principal } = request;
      const call = { request, orgId: organization.id, params, principal, body: () => objectBody(request) };
      const { status: answered, body, headers = {} } = await handle(call);
      if (body === undefined) return { status: answered, headers };
      return { status: answered, headers: { ...headers, 'Content-Type': type }, json: body };
    },
  };
}

/** Scopes of an operation: those of the contract for roots, and those for organizations below them. */
export function scopesFor(name: string): Access {
  return { scopes: scopesOf(name) };
}

/** The same as names. */
export function scopesOf(name: string): readonly string[] {
  return [`internal_${name}`, `internal_org_${name}`];
}

/** The header that tells the address of a resource: of one that was made, or of one that is answered. */
export function locationHeader(status: number, location: string): Readonly<Record<string, string>> {
  return status === 201 ? { Location: location } : { 'Content-Location': location };
}
