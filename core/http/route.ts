import type { z } from 'zod';
import { extensionPoint } from '#core/kernel';
import { isDeeper } from './json-depth.js';
import type { ErrorRenderer, HttpRequest, Principal, Reply } from './messages.js';

/** Who may call a route. */
export type Access =
  /** Everybody. */
  | 'public'
  /** Whoever holds one of the scopes, by bearer token or by basic authentication. */
  | { readonly scopes: readonly string[] }
  /** Whoever is authenticated. */
  | 'authenticated';

/** What every route declares. */
interface RouteBasics {
  readonly operationId: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head';
  /** Below the base of its table; parameters as `:name`. */
  readonly path: string;
  readonly access: Access;
  /** One line for the API document. */
  readonly summary: string;
  /** Whether scripts of other origins may call it (see `[cors]`). */
  readonly cors?: boolean;
  /** Served straight from the Node HTTP server, in front of Express. Only for paths without parameters. */
  readonly hot?: boolean;
  /** Error family; that of its table when absent. */
  readonly errors?: ErrorRenderer;
  /** Whether everybody may call it just now, though `access` says who may: then it counts against that limit too. */
  readonly open?: (request: HttpRequest) => Promise<boolean>;
  /** Counts against the limit of credentials per address. */
  readonly credentials?: boolean;
}

/** A route as the server runs it: request in, answer out. */
export interface RouteDeclaration extends RouteBasics {
  readonly schemas?: {
    readonly query?: z.ZodType;
    readonly body?: z.ZodType;
    readonly response?: z.ZodType;
    readonly status?: number;
    readonly otherStatuses?: readonly number[];
    readonly consumes?: 'json' | 'form';
  };
  handle(request: HttpRequest): Promise<Reply> | Reply;
}

/** Routes with a common base. */
export interface RouteTable {
  /** Name of the API in the document. */
  readonly name: string;
  readonly base: string;
  readonly errors: ErrorRenderer;
  readonly routes: readonly RouteDeclaration[];
  /** Whether {@link errors} also tells of addresses below {@link base} that no route has, and of wrong methods there. */
  readonly wholeBase?: boolean;
}

/** Every route of the server. */
export const Routes = extensionPoint<RouteTable>('routes');

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

/** What the handler of a typed route gets. */
export interface RouteInput<Q, B> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Output<Q>;
  readonly body: Output<B>;
  readonly request: HttpRequest;
  readonly principal: Principal;
}

/** A typed JSON route. */
export interface TypedRoute<Q, B, R> extends RouteBasics {
  readonly query?: Q;
  /** One that is optional may be left out. */
  readonly body?: B;
  /** Schema of the answer; an undefined answer has no body. */
  readonly response?: R;
  /** Status of success. */
  readonly status: number;
  /** Further statuses of success, which the handler chooses by {@link answer}. */
  readonly otherStatuses?: readonly number[];
  /** Returns the value of the answer, alone or within {@link answer}, or a whole {@link Reply} made by {@link reply}. */
  handle(input: RouteInput<Q, B>): Promise<Answer<R>> | Answer<R>;
}

type Value<R> = R extends z.ZodType ? z.input<R> : undefined | void;
type Answer<R> = Value<R> | FramedValue<Value<R>> | WholeReply;

const framed = Symbol('framed-value');
interface Frame {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}
interface FramedValue<V> extends Frame {
  readonly [framed]: V;
}

/** For the handler of a typed route: a value, which goes through the schema, with another status or with headers. */
export const answer = <V>(value: V, frame: Frame): FramedValue<V> => ({ [framed]: value, ...frame });

const whole = Symbol('whole-reply');
interface WholeReply {
  readonly [whole]: Reply;
}

/** For the handler of a typed route whose answer is no JSON value: a page, a file. */
export const reply = (answer: Reply): WholeReply => ({ [whole]: answer });

/** Raised when a part of a request does not fit its schema; each family renders it in its own shape. */
export class InvalidRequestError extends Error {
  constructor(
    readonly where: 'query' | 'body',
    readonly issues: readonly { readonly path: string; readonly message: string }[],
  ) {
    super(issues.map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message)).join('; '));
  }
}

/**
 * Declares a JSON route. From this one declaration come validation, scope check, the API document and the contract
 * test. The answer is checked against its schema too; what the schema does not name is not sent.
 */
export function route<
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  R extends z.ZodType | undefined = undefined,
>(declaration: TypedRoute<Q, B, R>): RouteDeclaration {
  const { query, body, response, status, otherStatuses, handle, ...basics } = declaration;
  return {
    ...basics,
    schemas: {
      ...(query ? { query } : {}),
      ...(body ? { body, consumes: 'json' } : {}),
      ...(response ? { response } : {}),
      status,
      ...(otherStatuses ? { otherStatuses } : {}),
    },
    async handle(request) {
      const input = {
        params: request.params,
        query: (query ? parsed('query', query, Object.fromEntries(request.query)) : undefined) as Output<Q>,
        body: (body ? parsed('body', body, readBody(request, body)) : undefined) as Output<B>,
        request,
        principal: request.principal as Principal,
      };
      const given = (await handle(input)) as unknown;
      if (typeof given === 'object' && given !== null && whole in given) return (given as WholeReply)[whole];
      const isFramed = typeof given === 'object' && given !== null && framed in given;
      const frame = isFramed ? (given as FramedValue<unknown>) : { [framed]: given };
      return {
        status: frame.status ?? status,
        headers: frame.headers ?? {},
        ...(response ? { json: response.parse(frame[framed]) } : {}),
      };
    },
  };
}

/** Levels of a body at most; no request of any API needs as many. */
const DEEPEST_BODY = 100;

/** Body as JSON; undefined for none where it may be left out. */
const readBody = (request: HttpRequest, schema: z.ZodType): unknown =>
  request.body === '' && schema.isOptional() ? undefined : readJson(request);

/** Body as JSON. Throws InvalidRequestError when it is none. */
function readJson({ body }: HttpRequest): unknown {
  const refused = (message: string) => new InvalidRequestError('body', [{ path: '', message }]);
  let value: unknown;
  try {
    value = JSON.parse(body) as unknown;
  } catch {
    throw refused(body === '' ? 'the request has no body' : 'the body is not JSON');
  }
  if (isDeeper(value, DEEPEST_BODY)) throw refused(`the body has more than ${DEEPEST_BODY} levels`);
  return value;
}

function parsed<S extends z.ZodType>(where: 'query' | 'body', schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new InvalidRequestError(
    where,
    result.error.issues.map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message })),
  );
}
