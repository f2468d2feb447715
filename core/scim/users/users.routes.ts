import { inject, injectable } from 'tsyringe';
import type { HttpRequest, RouteDeclaration } from '#core/http';
import { Projection } from '../attributes/projection.js';
import { ConditionalChanges } from '../protocol/conditional.js';
import type { JsonObject } from '../protocol/json-body.js';
import { answerForm } from '../protocol/media-types.js';
import { type ScimCall, type ScimReply, scimRoute, scopesFor } from '../protocol/scim-route.js';
import { checkIfMatch, isNotModified } from '../protocol/versions.js';
import { askedAttributes, listByBody, listByQuery, listQuery, projectionQuery } from './list-requests.js';
import { unknownUser } from './user-errors.js';
import { UserLists } from './user-lists.js';
import { type ReadUser, UserReader } from './user-reader.js';
import { type Changer, OwnerError, UserWriter } from './user-writer.js';

/** What is done to one user, by an administrator or by itself. */
@injectable()
export class UserCalls {
  constructor(
    @inject(UserReader) private readonly reader: UserReader,
    @inject(UserWriter) private readonly writer: UserWriter,
    @inject(ConditionalChanges) private readonly conditional: ConditionalChanges,
  ) {}

  /** Answers with a user, or that the client has it already. @throws ScimError 404 or 412 */
  async get(call: ScimCall, id: string): Promise<ScimReply> {
    const user = await this.#read(call, id);
    checkIfMatch(call.request, user.version);
    if (isNotModified(call.request, user.version)) return { status: 304, headers: { ETag: user.version } };
    return this.#answer(call, user, 200);
  }

  /** Makes a user. @throws ScimError 400 or 409 */
  async create(call: ScimCall): Promise<ScimReply> {
    const { id } = await this.writer.create(call.orgId, call.body(), call.principal);
    return this.#answer(call, await this.#read(call, id), 201);
  }

  /** Replaces a user. @throws ScimError 400, 403, 404, 409 or 412 */
  replace(call: ScimCall, id: string, by: Changer['by']): Promise<ScimReply> {
    return this.#change(call, id, by, (user, body, changer) => this.writer.replace(user, body, changer));
  }

  /** Changes a user. @throws ScimError 400, 403, 404, 409, 412 or 413 */
  patch(call: ScimCall, id: string, by: Changer['by']): Promise<ScimReply> {
    return this.#change(call, id, by, (user, body, changer) => this.writer.patch(user, body, changer));
  }

  /** Removes a user. @throws ScimError 400, 404 or 412 */
  async delete(call: ScimCall, id: string, by: Changer['by']): Promise<ScimReply> {
    const changer = { principal: call.principal, by };
    try {
      await this.conditional.run(
        { ...call, id },
        () => this.#read(call, id),
        (user) => this.writer.delete(user, changer),
      );
    } catch (error) {
      if (error instanceof OwnerError) return { status: 403 };
      throw error;
    }
    return { status: 204 };
  }

  async #change(
    call: ScimCall,
    id: string,
    by: Changer['by'],
    change: (user: ReadUser, body: JsonObject, changer: Changer) => Promise<void>,
  ): Promise<ScimReply> {
    const body = call.body();
    const changer = { principal: call.principal, by };
    await this.conditional.run(
      { ...call, id },
      () => this.#read(call, id),
      (user) => change(user, body, changer),
    );
    return this.#answer(call, await this.#read(call, id), 200);
  }

  async #read({ orgId, request }: ScimCall, id: string): Promise<ReadUser> {
    const user = await this.reader.one(orgId, id, request.baseUrl);
    if (!user) throw unknownUser(id);
    return user;
  }

  #answer({ request }: ScimCall, { schema, resource, version, location }: ReadUser, status: number): ScimReply {
    const projection = new Projection(schema.model, askedAttributes(request.query));
    const headers = { ETag: version, ...(status === 201 ? { Location: location } : { 'Content-Location': location }) };
    return { status, headers, body: this.reader.json(schema, resource, projection, answerForm(request)) };
  }
}

const answerTo = (request: HttpRequest) => ({ baseUrl: request.baseUrl, form: answerForm(request) });

/** `/scim2/Users` (RFC 7644 section 3). */
@injectable()
export class UserRoutes {
  constructor(
    @inject(UserCalls) private readonly calls: UserCalls,
    @inject(UserLists) private readonly lists: UserLists,
  ) {}

  /** The routes. */
  routes(): readonly RouteDeclaration[] {
    return [...this.#collection(), ...this.#single()];
  }

  #collection(): readonly RouteDeclaration[] {
    return [
      scimRoute({
        operationId: 'getUsers',
        method: 'get',
        path: '/Users',
        access: scopesFor('user_mgt_list'),
        summary: 'List users, or those that fit a filter',
        status: 200,
        query: listQuery,
        handle: async ({ orgId, request }) => ({
          status: 200,
          body: await this.lists.list(orgId, listByQuery(request.query), 'list', answerTo(request)),
        }),
      }),
      scimRoute({
        operationId: 'createUser',
        method: 'post',
        path: '/Users',
        access: scopesFor('user_mgt_create'),
        summary: 'Make a user',
        status: 201,
        query: projectionQuery,
        handle: (call) => this.calls.create(call),
      }),
      scimRoute({
        operationId: 'searchUsers',
        method: 'post',
        path: '/Users/.search',
        access: scopesFor('user_mgt_list'),
        summary: 'List users like GET, with the query in the body',
        status: 200,
        handle: async (call) => ({
          status: 200,
          body: await this.lists.list(call.orgId, listByBody(call.body()), 'search', answerTo(call.request)),
        }),
      }),
    ];
  }

  #single(): readonly RouteDeclaration[] {
    const one = { path: '/Users/:id', query: projectionQuery } as const;
    const idOf = ({ params }: ScimCall) => params['id'] ?? '';
    return [
      scimRoute({
        ...one,
        operationId: 'getUser',
        method: 'get',
        access: scopesFor('user_mgt_view'),
        summary: 'Retrieve a user',
        status: 200,
        handle: (call) => this.calls.get(call, idOf(call)),
      }),
      scimRoute({
        ...one,
        operationId: 'replaceUser',
        method: 'put',
        access: scopesFor('user_mgt_update'),
        summary: 'Replace what a user has',
        status: 200,
        handle: (call) => this.calls.replace(call, idOf(call), 'administrator'),
      }),
      scimRoute({
        ...one,
        operationId: 'patchUser',
        method: 'patch',
        access: scopesFor('user_mgt_update'),
        summary: 'Change a user',
        status: 200,
        handle: (call) => this.calls.patch(call, idOf(call), 'administrator'),
      }),
      scimRoute({
        operationId: 'deleteUser',
        method: 'delete',
        path: '/Users/:id',
        access: scopesFor('user_mgt_delete'),
        summary: 'Remove a user',
        status: 204,
        handle: (call) => this.calls.delete(call, idOf(call), 'administrator'),
      }),
    ];
  }
}
