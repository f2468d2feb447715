import { ApiError, commonError, type HttpRequest, type Reply } from '#core/http';
import { Messages } from './schemas.js';
import { ScimError, type ScimType } from './scim-error.js';

/** Media type of all answers unless the client wants plain JSON (RFC 7644 section 3.1). */
export const SCIM_JSON = 'application/scim+json';

/** What an error says, whoever threw it. */
export interface ScimFailure {
  readonly status: number;
  readonly detail: string;
  readonly scimType?: ScimType | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Keywords of what the services of other rooms refuse, by status. */
const KEYWORDS: Readonly<Record<number, ScimType>> = { 400: 'invalidValue', 409: 'uniqueness' };

/** Any thrown value as an error of SCIM; faults of ours say nothing of themselves. */
export function failureOf(error: unknown): ScimFailure {
  if (error instanceof ScimError) {
    const { status, message, scimType, headers } = error;
    return { status, detail: message, scimType, headers };
  }
  if (error instanceof ApiError) {
    const { status, description, headers } = error;
    return { status, detail: description, scimType: KEYWORDS[status], headers };
  }
  const common = commonError(error);
  if (common) {
    const { status, text, headers = {} } = common;
    return { status, detail: text, scimType: status === 400 ? 'invalidSyntax' : undefined, headers };
  }
  return { status: 500, detail: 'The server met an unexpected condition. The trace id helps to find it in the log.' };
}

/** Body of an error (RFC 7644 section 3.12); `status` is text. */
export function errorBody({ status, detail, scimType }: ScimFailure) {
  return { schemas: [Messages.error], detail, status: String(status), ...(scimType ? { scimType } : {}) };
}

/** Renders errors of the SCIM endpoints; for {@link RouteTable.errors}. */
export function renderScimError(error: unknown, request: HttpRequest): Reply {
  const failure = failureOf(error);
  const trace = failure.status >= 500 ? { traceId: request.correlationId } : {};
  return {
    status: failure.status,
    headers: { ...failure.headers, 'Content-Type': typeFor(request) },
    json: { ...errorBody(failure), ...trace },
  };
}

/** What the client accepts of the two; an error is told even to who accepts neither. */
function typeFor({ headers: { accept = '' } }: HttpRequest): string {
  return accept.includes('application/json') && !accept.includes(SCIM_JSON) ? 'application/json' : SCIM_JSON;
}
