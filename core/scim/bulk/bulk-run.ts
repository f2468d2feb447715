import type { HttpRequest, Reply } from '#core/http';
import { isObject } from '../protocol/json-body.js';
import { errorBody, failureOf, SCIM_JSON } from '../protocol/render-error.js';
import { badRequest, ScimError, shown } from '../protocol/scim-error.js';
import { orderOf, referencesOf, replacedInData, replacedInPath } from './bulk-references.js';
import type { BulkOperation, BulkRequest } from './bulk-request.js';
import { actingOn, type BulkTarget, type BulkTargets } from './bulk-targets.js';

/** What came of an operation, as the answer shows it. */
export interface BulkResult {
  readonly bulkId?: string;
  readonly method: string;
  readonly location?: string;
  readonly version?: string;
  readonly status: { readonly code: number };
  readonly response?: unknown;
}

const NO_QUERY = new URLSearchParams();

/** Does the operations of one bulk request, one after the other: each by the route that takes it as a single request. */
export class BulkRun {
  readonly #operations: readonly BulkOperation[];
  /** Index of the operation that makes what an id stands for. */
  readonly #makers = new Map<string, number>();
  /** Ids of resources that were made, by bulkId. */
  readonly #made = new Map<string, string>();
  readonly #results = new Map<number, BulkResult>();

  /**
   * @param request as which the caller came
   * @param failed is told of faults of ours
   */
  constructor(
    private readonly bulk: BulkRequest,
    private readonly targets: BulkTargets,
    private readonly request: HttpRequest,
    private readonly failed: (error: unknown) => void,
  ) {
    this.#operations = bulk.operations;
    for (const [index, { method, bulkId }] of this.#operations.entries())
      if (method === 'POST' && bulkId !== undefined && !this.#makers.has(bulkId)) this.#makers.set(bulkId, index);
  }

  /** What came of the operations, in the order in which they were sent; those that were left undone are absent. */
  async results(): Promise<readonly BulkResult[]> {
    const needed = this.#operations.map((operation) =>
      [...referencesOf(operation)].flatMap((bulkId) => this.#makers.get(bulkId) ?? []),
    );
    const { order, circular } = orderOf(needed);
    let errors = 0;
    for (const index of order) {
      const result = await this.#done(index, circular.has(index));
      this.#results.set(index, result);
      if (result.status.code >= 400) errors += 1;
      if (this.bulk.failOnErrors > 0 && errors >= this.bulk.failOnErrors) break;
    }
    return this.#operations.flatMap((_, index) => this.#results.get(index) ?? []);
  }

  async #done(index: number, isCircular: boolean): Promise<BulkResult> {
    const operation = this.#operations[index] as BulkOperation;
    const { method, bulkId } = operation;
    const named = { ...(bulkId === undefined ? {} : { bulkId }), method: shown(method) };
    try {
      this.#check(operation, index, isCircular);
      const { reply, path } = await this.#send(operation);
      const { status, headers = {}, json } = reply;
      const location = headers['Location'] ?? `${this.request.baseUrl}/scim2${path}`;
      if (method === 'POST' && bulkId !== undefined)
        this.#made.set(bulkId, location.slice(location.lastIndexOf('/') + 1));
      const { ETag: version } = headers;
      return {
        ...named,
        location,
        ...(version === undefined ? {} : { version }),
        status: { code: status },
        ...(json === undefined ? {} : { response: json }),
      };
    } catch (error) {
      const failure = failureOf(error);
      if (failure.status >= 500) this.failed(error);
      return { ...named, status: { code: failure.status }, response: errorBody(failure) };
    }
  }

  /** @throws ScimError 400 or 409 */
  #check({ method, bulkId }: BulkOperation, index: number, isCircular: boolean): void {
    if (method === 'POST') {
      if (bulkId === undefined) throw badRequest('invalidValue', 'An operation with the method POST needs a "bulkId".');
      if (this.#makers.get(bulkId) !== index)
        throw badRequest('invalidValue', `The bulkId ${shown(bulkId)} is that of an operation before.`);
    }
    if (isCircular) throw new ScimError(409, 'The operation is one of several that refer to each other in a circle.');
  }

  async #send(operation: BulkOperation): Promise<{ readonly reply: Reply; readonly path: string }> {
    const { principal } = this.request;
    const { method, data, version } = operation;
    const path = typeof operation.path === 'string' ? replacedInPath(operation.path, this.#idOf) : operation.path;
    const target = this.targets.find(method, path, principal);
    if (version !== undefined && version !== null && typeof version !== 'string')
      throw badRequest('invalidVers', 'The "version" of an operation must be a text.');
    const body = method === 'DELETE' ? '' : JSON.stringify(this.#bodyOf(data));
    const reply = await target.route.handle(this.#asRequest(target, String(path), body, version ?? undefined));
    return { reply, path: String(path) };
  }

  #bodyOf(data: unknown): unknown {
    if (!isObject(data)) throw badRequest('invalidSyntax', 'The "data" of an operation must be an object.');
    return replacedInData(data, this.#idOf);
  }

  /** The operation as the request that it stands for. Nothing of the bulk request but who makes it and where. */
  #asRequest({ route, params }: BulkTarget, path: string, body: string, version: string | undefined): HttpRequest {
    const { organization, ip, correlationId, origin, baseUrl, principal, nonce } = this.request;
    return {
      method: route.method.toUpperCase(),
      path: `/scim2${path}`,
      organization,
      query: NO_QUERY,
      headers: {
        accept: SCIM_JSON,
        ...(body === '' ? {} : { 'content-type': SCIM_JSON }),
        ...(version === undefined ? {} : { 'if-match': version }),
      },
      cookies: {},
      ip,
      clientCertificate: undefined,
      throughProxy: false,
      correlationId,
      origin,
      baseUrl,
      body,
      form: NO_QUERY,
      params,
      principal: principal && actingOn(route, principal),
      nonce,
    };
  }

  /** @throws ScimError 400 when nobody makes it, 409 when it was not made */
  readonly #idOf = (bulkId: string): string => {
    const id = this.#made.get(bulkId);
    if (id !== undefined) return id;
    if (!this.#makers.has(bulkId)) throw badRequest('invalidValue', `No operation has the bulkId ${shown(bulkId)}.`);
    throw new ScimError(409, `The operation with the bulkId ${shown(bulkId)} has made nothing.`);
  };
}
