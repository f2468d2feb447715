import type { IncomingMessage, ServerResponse } from 'node:http';
import { actingAs, type Clock, inRequest, type Logger, type RequestContext, reasonOf } from '#core/kernel';
import type { AccessLog } from './access-log.js';
import type { Addresses } from './addresses.js';
import { type CallWitness, isModification } from './call-witness.js';
import type { ClientCertificates } from './client-certificate.js';
import type { Cors } from './cors.js';
import { ApiError, apiErrors } from './errors.js';
import type { Guard } from './guard.js';
import type {
  ErrorRenderer,
  HttpRequest,
  OrganizationContext,
  OrganizationResolver,
  Principal,
  Reply,
} from './messages.js';
import type { RateLimits } from './rate-limiter.js';
import { type StandingHeaders, writeReply } from './reply-writer.js';
import { clientAddress, correlationIdOf, type Exchange, exchangeOf, readBody } from './request-reader.js';
import type { RouteDeclaration, RouteTable } from './route.js';

/** A route together with the table that it stands in. */
export interface MountedRoute {
  readonly table: RouteTable;
  readonly route: RouteDeclaration;
}

/** What the pipeline is made of. */
export interface PipelineParts {
  readonly addresses: Addresses;
  readonly resolver: () => OrganizationResolver;
  readonly guard: Guard;
  readonly cors: Cors;
  readonly witnesses: () => readonly CallWitness[];
  readonly limits: RateLimits;
  readonly accessLog: AccessLog | undefined;
  readonly standing: StandingHeaders;
  readonly trustedProxies: ReadonlySet<string>;
  readonly certificates: ClientCertificates;
  readonly bodyLimit: number;
  readonly correlation: { readonly header: string; readonly response_header: string };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a path comes to. */
type Place = Exclude<Awaited<ReturnType<OrganizationResolver['resolve']>>, undefined>;

const noOrganization: OrganizationContext = { id: '', handle: '', name: '', prefix: '' };
const shownPlainly = apiErrors('GH');

/** The way of every request, for hot routes and for those behind Express alike. */
export class Pipeline {
  #draining = false;

  constructor(private readonly parts: PipelineParts) {}

  /** From now on connections are closed after their answer. */
  drain(): void {
    this.#draining = true;
  }

  /** Whether the server is going down. */
  get draining(): boolean {
    return this.#draining;
  }

  /**
   * Takes a message as it comes from Node: finds the organization, then gives it to `serve`.
   *
   * @param serve answers, or hands over to Express
   */
  receive(message: IncomingMessage, response: ServerResponse, serve: (exchange: Exchange) => void): void {
    const { parts } = this;
    const correlationId = correlationIdOf(message, parts.correlation.header);
    const ip = clientAddress(message, parts.trustedProxies);
    const certificate = parts.certificates.takeFrom(message);
    const context: RequestContext = { correlationId, ip };
    const startedAt = parts.clock.now();
    if (parts.correlation.response_header !== '') response.setHeader(parts.correlation.response_header, correlationId);
    const url = originForm(message.url ?? '/');
    const mark = url.indexOf('?');
    const full = mark < 0 ? url : url.slice(0, mark);
    const search = mark < 0 ? '' : url.slice(mark + 1);
    if (parts.accessLog) response.once('finish', () => this.#log(message, response, full, context, startedAt));
    const begin = (organization: OrganizationContext, path: string) =>
      exchangeOf(message, {
        path,
        search,
        organization,
        origin: parts.addresses.origin,
        ip,
        certificate,
        correlationId,
      });
    const enter = (place: Place | undefined) =>
      place ? serve(begin(place.organization, place.path)) : this.unknown(begin(noOrganization, full), response, []);
    const fail = (error: unknown) => this.#fail(error, begin(noOrganization, full).request, response, shownPlainly);
    inRequest(context, () => {
      try {
        const place = parts.resolver().resolve(full);
        if (place instanceof Promise) place.then(enter).catch(fail);
        else enter(place);
      } catch (error) {
        fail(error);
      }
    });
  }

  /** Runs a route and writes its answer. Never throws. */
  async run(
    { table, route }: MountedRoute,
    exchange: Exchange,
    message: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { request } = exchange;
    const errors = route.errors ?? table.errors;
    let cors: Record<string, string> = {};
    try {
      if (route.cors === true) {
        const pending = this.parts.cors.headersFor(request);
        const headers = pending instanceof Promise ? await pending : pending;
        if (headers === 'refused')
          return this.#write(response, { status: 403, text: 'This origin is not allowed.' }, request);
        cors = headers;
      }
      if (message.method !== 'GET' && message.method !== 'HEAD')
        exchange.setBody(await readBody(message, this.parts.bodyLimit));
      const isOpen = route.open !== undefined && (await route.open(request)) === true;
      if (route.credentials === true || isOpen) await this.parts.limits.tryFrom(request.ip);
      if (route.access !== 'public' && !isOpen) {
        const principal = await this.parts.guard.check(route.access, message, response, request);
        exchange.setPrincipal(principal);
        actingAs(principal.id);
      }
      const handled = route.handle(request);
      const reply = handled instanceof Promise ? await handled : handled;
      if (request.principal && isModification(request, reply)) await this.#witness(request, request.principal, reply);
      this.#write(response, withHeaders(reply, cors), request);
    } catch (error) {
      this.#fail(error, request, response, (thrown, asked) => withHeaders(errors(thrown, asked), cors));
    }
  }

  async #witness(request: HttpRequest, principal: Principal, reply: Reply): Promise<void> {
    for (const witness of this.parts.witnesses()) await witness.succeeded(request, principal, reply);
  }

  /** Answers a preflight (OPTIONS) for any path. */
  async preflight(exchange: Exchange, response: ServerResponse): Promise<void> {
    this.#write(response, await this.parts.cors.preflight(exchange.request), exchange.request);
  }

  /**
   * Answers that there is nothing, or nothing for this method.
   *
   * @param errors of the family that owns the addresses around it
   */
  unknown(
    exchange: Exchange,
    response: ServerResponse,
    allowed: readonly string[],
    errors: ErrorRenderer = shownPlainly,
  ): void {
    const { request } = exchange;
    const error =
      allowed.length > 0
        ? new ApiError('405', 405, 'Method not allowed.', `This address takes ${allowed.join(', ')}.`, {
            headers: { Allow: allowed.join(', ') },
          })
        : new ApiError('404', 404, 'Not found.', 'There is nothing at this address.');
    this.#write(response, errors(error, request), request);
  }

  /** Answers when the path could not even be compared with those of the routes. */
  unroutable(exchange: Exchange, response: ServerResponse, error: unknown): void {
    const isMalformed = (error as { status?: number }).status === 400;
    const shown = isMalformed ? new ApiError('400', 400, 'Bad request.', 'The address is not well-formed.') : error;
    this.#fail(shown, exchange.request, response, shownPlainly);
  }

  #write(response: ServerResponse, reply: Reply, request: HttpRequest): void {
    if (response.headersSent || response.destroyed) return;
    // Looked at here, not at the beginning: the server may have begun to stop in the meantime.
    if (this.#draining) response.setHeader('Connection', 'close');
    writeReply(response, reply, request, this.parts.standing);
  }

  #fail(
    error: unknown,
    request: HttpRequest,
    response: ServerResponse,
    errors: (error: unknown, request: HttpRequest) => Reply,
  ): void {
    const reply = errors(error, request);
    const fields = {
      traceId: request.correlationId,
      method: request.method,
      path: request.path,
      status: reply.status,
      err: reasonOf(error),
    };
    if (reply.status >= 500) this.parts.logger.error({ ...fields, stack: stackOf(error) }, 'a request failed');
    else this.parts.logger.debug(fields, 'a request was refused');
    this.#write(response, reply, request);
  }

  #log(
    message: IncomingMessage,
    response: ServerResponse,
    path: string,
    context: RequestContext,
    startedAt: number,
  ): void {
    const user = context.initiatorId ?? '';
    this.parts.accessLog?.write({
      request: message,
      response,
      path,
      ip: context.ip ?? '',
      user,
      startedAt,
      now: this.parts.clock.now(),
    });
  }
}

/** RFC 9112, section 3.2.2: of an absolute target the path counts; its authority says no more than a Host header. */
function originForm(target: string): string {
  const absolute = /^https?:\/\/[^/?#]*(.*)$/i.exec(target);
  if (!absolute) return target;
  const rest = absolute[1] as string;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

const withHeaders = (reply: Reply, headers: Record<string, string>): Reply =>
  Object.keys(headers).length === 0 ? reply : { ...reply, headers: { ...reply.headers, ...headers } };

function stackOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return error.cause instanceof Error ? `${error.stack}\ncaused by ${error.cause.stack}` : error.stack;
}
