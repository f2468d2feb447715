import { z } from 'zod';
import { answer, type HttpRequest, type Pagination, pageQuery, type RouteDeclaration, route } from '#core/http';

/** Path of version 1 of the API. */
export const V1 = '/api/identity/consent-mgt/v1.0';

/** A kind of thing that version 1 knows by numbers. */
export interface NumberedKind<Row extends { readonly number: number }, Body extends z.ZodType> {
  /** What its scopes are named after. */
  readonly right: 'purpose' | 'element';
  /** Below the base, as `/pii-categories`. */
  readonly path: string;
  /** What the operations are named after. */
  readonly name: { readonly one: string; readonly many: string };
  /** What it is, in summaries: `category of purposes`, `categories of purposes`. */
  readonly title: { readonly one: string; readonly many: string };
  readonly body: Body;
  readonly response: z.ZodType;
  create(orgId: string, body: z.output<Body>): Promise<Row>;
  page(orgId: string, page: ReturnType<Pagination['page']>): Promise<readonly Row[]>;
  /** One, or the error that says that there is none. */
  get(orgId: string, number: number): Promise<Row>;
  /** The error for a path that has no number. */
  readonly missing: (id: string) => Error;
  delete(orgId: string, row: Row): Promise<void>;
  /** As `response` wants it. */
  shown(row: Row, tenantDomain: string): Readonly<Record<string, unknown>>;
}

/** Reads the number in a path. Throws what `missing` makes when it is none. */
export function numberIn(text: string | undefined, missing: (id: string) => Error): number {
  if (text === undefined || !/^[1-9]\d{0,8}$/.test(text)) throw missing(text ?? '');
  return Number(text);
}

/** The address of something that was made. */
export const locationOf = ({ baseUrl }: HttpRequest, path: string, number: number) => ({
  headers: { Location: `${baseUrl}${V1}${path}/${number}` },
});

const scope = (kind: string, name: string) => ({
  access: { scopes: [`internal_consent_mgt_${kind}_${name}`] },
  cors: true,
});

/** The routes that make, list, show and delete things of a kind. */
export function numberedRoutes<Row extends { readonly number: number }, Body extends z.ZodType>(
  kind: NumberedKind<Row, Body>,
  pagination: Pagination,
): RouteDeclaration[] {
  const { right, path, name, title, body, response } = kind;
  const one = `${path}/:number`;
  const found = ({ organization, params }: HttpRequest) =>
    kind.get(organization.id, numberIn(params['number'], kind.missing));
  return [
    route({
      ...scope(right, 'create'),
      operationId: `add${name.one}`,
      method: 'post',
      path,
      summary: `Make a ${title.one}`,
      body,
      response,
      status: 201,
      handle: async ({ body: given, request }) => {
        const row = await kind.create(request.organization.id, given as z.output<Body>);
        return answer(kind.shown(row, request.organization.handle), locationOf(request, path, row.number));
      },
    }),
    route({
      ...scope(right, 'view'),
      operationId: `get${name.many}`,
      method: 'get',
      path,
      summary: `List ${title.many}`,
      query: z.object(pageQuery),
      response: z.array(response),
      status: 200,
      handle: async ({ query, request: { organization } }) => {
        const rows = await kind.page(organization.id, pagination.page(query));
        return rows.map((row) => kind.shown(row, organization.handle));
      },
    }),
    route({
      ...scope(right, 'view'),
      operationId: `get${name.one}`,
      method: 'get',
      path: one,
      summary: `Show a ${title.one}`,
      response,
      status: 200,
      handle: async ({ request }) => kind.shown(await found(request), request.organization.handle),
    }),
    route({
      ...scope(right, 'delete'),
      operationId: `delete${name.one}`,
      method: 'delete',
      path: one,
      summary: `Delete a ${title.one} that nothing uses`,
      status: 200,
      handle: async ({ request }) => kind.delete(request.organization.id, await found(request)),
    }),
  ];
}
