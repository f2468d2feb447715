import { GatehouseError, type Registry } from '#core/kernel';
import { apiErrors } from './errors.js';
import type { HealthCheck, Reply } from './messages.js';
import type { RouteTable } from './route.js';

/** Why a health check says no; codes `HC_00001` ... of the published contract. */
export class HealthError extends GatehouseError {
  override readonly name = 'HealthError';

  constructor(
    code: string,
    message: string,
    readonly description: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

/** `GET /api/health-check/v1.0/health` */
export function healthRoutes(checks: Registry<HealthCheck>, draining: () => boolean): RouteTable {
  const unhealthy = (code: string, message: string, description: string): Reply => ({
    status: 503,
    json: { errors: [{ code, message, description }] },
  });
  return {
    name: 'health-check',
    base: '/api/health-check/v1.0',
    errors: apiErrors('HC'),
    routes: [
      {
        operationId: 'getHealth',
        method: 'get',
        path: '/health',
        access: 'public',
        hot: true,
        summary: 'Whether this node can do its work',
        async handle() {
          if (draining()) return unhealthy('HC_00004', 'The server is not running.', 'The server is stopping.');
          try {
            const facts = await Promise.all(checks.all().map((check) => check.check()));
            return { status: 200, json: { health: facts.flat() } };
          } catch (error) {
            if (error instanceof HealthError) return unhealthy(error.code, error.message, error.description);
            throw error;
          }
        },
      },
    ],
  };
}
