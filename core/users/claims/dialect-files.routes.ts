import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { answer, type HttpRequest, type RouteDeclaration, reply, route } from '#core/http';
import { CLAIM_DIALECTS, dialectIdOf, shownDialect } from './claim-answers.js';
import { dialectUriOf } from './claim-dialects.routes.js';
import { claimErrors } from './claim-errors.js';
import { may } from './claim-route-parts.js';
import { DialectFiles, type FiledDialect, filedDialect } from './dialect-files.js';

const fileTypes = ['application/yaml', 'application/x-yaml', 'text/yaml', 'application/json', 'text/json'];
const fileEndings: Readonly<Record<string, string>> = { 'application/json': 'json', 'text/json': 'json' };

/** The API of dialects as files. */
@injectable()
export class DialectFileRoutes {
  constructor(@inject(DialectFiles) private readonly files: DialectFiles) {}

  /** All of its routes. */
  routes(): RouteDeclaration[] {
    return [this.#export(), ...this.#import()];
  }

  #export(): RouteDeclaration {
    return route({
      operationId: 'exportClaimDialectToFile',
      method: 'get',
      path: '/:dialect/export',
      ...may('view'),
      summary: 'A claim dialect with its claims as a file: JSON, which is YAML too',
      status: 200,
      handle: async ({ params, request }) => {
        const type = wantedType(request.headers.accept);
        const uri = dialectUriOf(params['dialect'] as string);
        const dialect = await this.files.exported(request.organization.id, uri);
        const name = `${dialectIdOf(uri)}.${fileEndings[type] ?? 'yml'}`;
        const headers = { 'Content-Type': type, 'Content-Disposition': `attachment; filename="${name}"` };
        // Every JSON text is a YAML text (YAML 1.2 section 1.3).
        const text = JSON.stringify({ ...shownDialect(uri, request), ...dialect }, undefined, 2);
        return reply({ status: 200, headers, text });
      },
    });
  }

  #import(): RouteDeclaration[] {
    return [
      route({
        operationId: 'importClaimDialectFromFile',
        method: 'post',
        path: '/import',
        ...may('create'),
        summary: 'Add a claim dialect with its claims out of a file',
        status: 201,
        handle: async ({ request }) => {
          const dialect = await uploaded(request);
          await this.files.added(request.organization.id, dialect);
          return answer(undefined, { headers: located(request, dialect) });
        },
      }),
      route({
        operationId: 'updateClaimDialectFromFile',
        method: 'put',
        path: '/import',
        ...may('create'),
        summary: 'Replace the claims of a claim dialect by those in a file',
        query: z.object({
          preserveClaims: z
            .enum(['true', 'false'])
            .default('false')
            .describe('Whether claims that the file does not have stay'),
        }),
        status: 201,
        handle: async ({ query, request }) => {
          const dialect = await uploaded(request);
          await this.files.replaced(request.organization.id, dialect, query.preserveClaims === 'true');
          return answer(undefined, { headers: located(request, dialect) });
        },
      }),
    ];
  }
}

const located = (request: HttpRequest, { dialectURI }: FiledDialect) => ({
  Location: `${request.baseUrl}${CLAIM_DIALECTS}/${dialectIdOf(dialectURI)}`,
});

function wantedType(accept = ''): string {
  const named = accept.split(',').map((part) => (part.split(';')[0] ?? '').trim().toLowerCase());
  const asked = named.filter((type) => type !== '');
  const known = asked.find((type) => fileTypes.includes(type));
  if (known !== undefined) return known;
  if (asked.length === 0 || asked.some((type) => type === '*/*' || type === 'application/*')) return 'application/yaml';
  throw claimErrors.fileType(asked[0] as string);
}

/** The dialect in the part `file` of a form. @throws ApiError CMT-50042 when there is none */
async function uploaded({ headers, body }: HttpRequest): Promise<FiledDialect> {
  const type = headers['content-type'] ?? '';
  if (!/^multipart\/form-data\s*;/i.test(type)) throw claimErrors.file('the body must be multipart/form-data.');
  const form = await new Response(body, { headers: { 'content-type': type } }).formData().catch(() => undefined);
  if (!form) throw claimErrors.file('the form cannot be read.');
  const file = form.get('file');
  if (file === null) throw claimErrors.file('the form has no part of this name.');
  return filedDialect(typeof file === 'string' ? file : await file.text());
}
