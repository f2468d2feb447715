import { type HttpRequest, type RouteDeclaration } from '#core/http';
import { readStoreFile, writeStoreFile } from './store-files.js';
import { access, pathOf, STORES, type StoreRouteParts, shownConfiguration } from './store-route-parts.js';

const fileOf = ({ headers, body }: HttpRequest) => readStoreFile(headers['content-type'], body);

/** Export and import of user stores as files. */
export function storeFileRoutes(parts: StoreRouteParts): RouteDeclaration[] {
  const { service } = parts;
  return [
    {
      ...access.create,
      operationId: 'importUserStoreFromFile',
      method: 'post',
      path: `${STORES}/import`,
      summary: 'Make a secondary user store from a file',
      async handle(request) {
        const row = await service.create(request.organization.id, await fileOf(request));
        return { status: 201, headers: { Location: pathOf(request.baseUrl, row) } };
      },
    },
    {
      ...access.update,
      operationId: 'updateUserStoreFromFile',
      method: 'put',
      path: `${STORES}/:id/import`,
      summary: 'Replace a secondary user store from a file',
      async handle(request) {
        const file = await fileOf(request);
        const row = await service.replace(request.organization.id, request.params['id'] ?? '', file);
        return { status: 200, headers: { Location: pathOf(request.baseUrl, row) } };
      },
    },
    {
      ...access.view,
      operationId: 'exportUserStoreToFile',
      method: 'get',
      path: `${STORES}/:id/export`,
      summary: 'A secondary user store as a file, without its secrets',
      async handle(request) {
        const row = await service.get(request.organization.id, request.params['id'] ?? '');
        const { type, text, ending } = writeStoreFile(await shownConfiguration(row, parts), request.headers.accept);
        const headers = {
          'Content-Type': `${type}; charset=utf-8`,
          'Content-Disposition': `attachment; filename="${row.domain}.${ending}"`,
        };
        return { status: 200, text, headers };
      },
    },
  ];
}
