import type { RouteDeclaration } from '#core/http';
import { type Logger, reasonOf } from '#core/kernel';
import { Messages } from '../protocol/schemas.js';
import { ScimError } from '../protocol/scim-error.js';
import { scimRoute } from '../protocol/scim-route.js';
import type { ScimConfig } from '../settings.js';
import { bulkRequestOf } from './bulk-request.js';
import { BulkRun } from './bulk-run.js';
import { BulkTargets } from './bulk-targets.js';

/**
 * `/Bulk` (RFC 7644 section 3.7): many changes in one request, each on its own.
 *
 * @param resources routes of single requests, which do the work
 */
export function bulkRoute(
  config: Pick<ScimConfig, 'max_bulk_operations' | 'max_bulk_payload'>,
  resources: readonly RouteDeclaration[],
  logger: Logger,
): RouteDeclaration {
  const targets = new BulkTargets(resources);
  const { max_bulk_operations: mostOperations, max_bulk_payload: mostBytes } = config;
  return scimRoute({
    operationId: 'bulk',
    method: 'post',
    path: '/Bulk',
    access: { scopes: targets.scopes },
    summary: 'Makes, changes and removes many users, groups and roles',
    status: 200,
    async handle({ request, body }) {
      if (Buffer.byteLength(request.body) > mostBytes)
        throw new ScimError(
          413,
          `The size of the request exceeds maxPayloadSize (${mostBytes}). Send several requests.`,
        );
      const bulk = bulkRequestOf(body(), mostOperations);
      const { correlationId: traceId } = request;
      const failed = (error: unknown) =>
        logger.error({ traceId, err: reasonOf(error) }, 'an operation of a bulk request failed');
      const results = await new BulkRun(bulk, targets, request, failed).results();
      return { status: 200, body: { schemas: [Messages.bulkResponse], Operations: results } };
    },
  });
}
