export { Addresses, AddressesToken } from './addresses.js';
export { type CallWitness, CallWitnesses } from './call-witness.js';
export { type ClientCertificates, ClientCertificatesToken } from './client-certificate.js';
export { ApiError, apiErrors, commonError, /** @public */ TooManyRequestsError } from './errors.js';
export { DataFile, type WrittenFile, writeDataFile } from './files/data-file.js';
export { FileError } from './files/file-format.js';
export { PassportStrategies, requestOf } from './guard.js';
export { /** @public */ HealthError } from './health.routes.js';
export type { HttpServer } from './http-server.js';
export { jsonBody } from './json-body.js';
export { type FilterCondition, type ListFilter, parseFilter } from './list-filter.js';
export {
  type Cookie,
  CorsOriginProviders,
  type CorsOrigins,
  type ErrorRenderer,
  type HealthCheck,
  /** @public */ HealthChecks,
  type HttpRequest,
  type OrganizationContext,
  type OrganizationResolver,
  OrganizationResolverToken,
  type Principal,
  type Reply,
  redirect,
} from './messages.js';
export { HttpServerToken, PortOverrideToken, VersionToken } from './module.js';
export {
  isInnerAddress,
  OutboundError,
  type OutboundHttp,
  OutboundHttpToken,
  type OutboundRequest,
  type OutboundResponse,
} from './outbound-http.js';
export { ownUser } from './own-user.js';
export { type Page, type Pagination, PaginationToken, pageAnswer, pageQuery } from './pagination.js';
export { RateLimits, RateLimitsToken } from './rate-limiter.js';
export {
  type Access,
  answer,
  InvalidRequestError,
  type RouteDeclaration,
  Routes,
  type RouteTable,
  reply,
  route,
  type TypedRoute,
} from './route.js';
