import type { z } from 'zod';
import {
  ApiError,
  answer,
  apiErrors,
  InvalidRequestError,
  jsonBody,
  type RouteDeclaration,
  type RouteTable,
  route,
} from '#core/http';
import type { ApplicationService } from './application.service.js';
import { APPLICATIONS } from './application-answers.js';
import { applicationErrors, found } from './errors.js';
import type { InboundProtocol } from './inbound-protocol.js';

/** The names of the operations of a protocol in the contract, and what people call it. */
interface ProtocolOperations {
  readonly get: string;
  readonly put: string;
  readonly delete: string;
  readonly title: string;
}

/** A configuration out of a larger request, checked. Throws ApiError with the code of the protocol. */
export function parsedConfiguration<S extends z.ZodType>(protocol: InboundProtocol<S>, value: unknown): z.output<S> {
  const result = jsonBody(protocol.schema).safeParse(value);
  if (result.success) return result.data as z.output<S>;
  const issues = result.error.issues.map(({ path, message }) => ({
    path: [protocol.id, ...path.map(String)].join('.'),
    message,
  }));
  const { message } = new InvalidRequestError('body', issues);
  throw new ApiError(`${protocol.errorPrefix}-60001`, 400, 'Invalid request.', message);
}

/** Routes to read, write and remove the configuration that applications have of a protocol; its room contributes them. */
export function inboundProtocolRoutes<S extends z.ZodType>(
  protocol: InboundProtocol<S>,
  applications: ApplicationService,
  operations: ProtocolOperations,
): RouteTable {
  return {
    name: `applications-${protocol.id}`,
    base: APPLICATIONS,
    errors: apiErrors(protocol.errorPrefix),
    routes: [
      readRoute(protocol, applications, operations),
      writeRoute(protocol, applications, operations),
      removeRoute(protocol, applications, operations),
    ],
  };
}

const pathOf = (protocol: InboundProtocol) => `/:applicationId/inbound-protocols/${protocol.id}`;

function readRoute(
  protocol: InboundProtocol,
  applications: ApplicationService,
  operations: ProtocolOperations,
): RouteDeclaration {
  return route({
    operationId: operations.get,
    method: 'get',
    path: pathOf(protocol),
    access: { scopes: ['internal_application_mgt_view'] },
    cors: true,
    summary: `${operations.title} configuration of an application`,
    response: protocol.answer,
    status: 200,
    handle: async ({ params, request }) => {
      const id = params['applicationId'] as string;
      const application = found(await applications.find(request.organization.id, id), request);
      const configuration = await protocol.read(application);
      if (configuration === undefined) throw applicationErrors.protocolNotConfigured(protocol.id, id);
      return configuration;
    },
  });
}

function writeRoute<S extends z.ZodType>(
  protocol: InboundProtocol<S>,
  applications: ApplicationService,
  operations: ProtocolOperations,
): RouteDeclaration {
  return route({
    operationId: operations.put,
    method: 'put',
    path: pathOf(protocol),
    access: { scopes: ['internal_application_mgt_update'] },
    cors: true,
    summary: `Configure ${operations.title} for an application, in place of what it has`,
    body: jsonBody(protocol.schema),
    response: protocol.answer,
    status: 200,
    otherStatuses: [201],
    handle: async ({ body, params, request }) => {
      const id = params['applicationId'] as string;
      await protocol.check?.(body as z.output<S>);
      const work = applications.changing(request.organization.id, id, (application) =>
        protocol.write(application, body as z.output<S>),
      );
      const { created, configuration } = found(await work, request);
      if (!created) return configuration;
      return answer(configuration, { status: 201, headers: { Location: `${request.baseUrl}${request.path}` } });
    },
  });
}

function removeRoute(
  protocol: InboundProtocol,
  applications: ApplicationService,
  operations: ProtocolOperations,
): RouteDeclaration {
  return route({
    operationId: operations.delete,
    method: 'delete',
    path: pathOf(protocol),
    access: { scopes: ['internal_application_mgt_delete'] },
    cors: true,
    summary: `Take the ${operations.title} configuration from an application`,
    status: 204,
    handle: async ({ params, request }) => {
      const id = params['applicationId'] as string;
      const work = applications.changing(request.organization.id, id, (application) => protocol.remove(application));
      if (!found(await work, request)) throw applicationErrors.protocolNotConfigured(protocol.id, id);
    },
  });
}
