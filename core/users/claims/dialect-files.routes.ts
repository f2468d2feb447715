import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  answer,
  DataFile,
  FileError,
  type HttpRequest,
  type RouteDeclaration,
  reply,
  route,
  type WrittenFile,
  writeDataFile,
} from '#core/http';
import { CLAIM_DIALECTS, dialectIdOf, shownDialect } from './claim-answers.js';
import { dialectUriOf } from './claim-dialects.routes.js';
import { claimErrors } from './claim-errors.js';
import { may } from './claim-route-parts.js';
import { DialectFiles, dialectIn, type FiledDialect } from './dialect-files.js';

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
      summary: 'A claim dialect with its claims as a file: YAML, JSON or XML',
      status: 200,
      handle: async ({ params, request }) => {
        const uri = dialectUriOf(params['dialect'] as string);
        const dialect = await this.files.exported(request.organization.id, uri);
        const data = { ...shownDialect(uri, request), ...dialect };
        const { type, ending, text } = written(data, request.headers.accept);
        const name = `${dialectIdOf(uri)}.${ending}`;
        const headers = {
          'Content-Type': `${type}; charset=utf-8`,
          'Content-Disposition': `attachment; filename="${name}"`,
        };
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

/** The dialect in the part `file` of a form. @throws ApiError CMT-50042 when there is none */
async function uploaded({ headers, body }: HttpRequest): Promise<FiledDialect> {
  try {
    return dialectIn(await DataFile.uploaded(headers['content-type'], body));
  } catch (cause) {
    throw cause instanceof FileError ? claimErrors.file(cause) : cause;
  }
}

/** @throws ApiError CMT-50046 when it cannot be written as the client wants it */
function written(data: object, accept: string | undefined): WrittenFile {
  try {
    return writeDataFile(data, accept, 'claimDialect');
  } catch (cause) {
    throw cause instanceof FileError ? claimErrors.fileType(cause) : cause;
  }
}
