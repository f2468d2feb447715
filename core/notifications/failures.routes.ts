import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type HttpRequest, type RouteDeclaration, type RouteTable, route } from '#core/http';
import { type Database, DatabaseToken, type Outbox, OutboxToken } from '#core/persistence';
import { type NotificationDuty, TOPIC } from './duty.js';
import { failureErrors, renderFailureError } from './errors.js';
import { CHANNELS } from './provider.js';

const PATH = '/notification-failures';
const view = { access: { scopes: ['internal_notification_failure_view'] }, cors: true } as const;
const update = { access: { scopes: ['internal_notification_failure_update'] }, cors: true } as const;

const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('How many at most'),
});
const listAnswer = z.object({
  notifications: z.array(
    z.object({
      id: z.string(),
      channel: z.enum(CHANNELS),
      template: z.string(),
      to: z.string().describe('The address, masked'),
      attempts: z.int(),
      reason: z.string(),
      createdAt: z.string().describe('ISO 8601'),
    }),
  ),
});

/** `/api/server/v1/notification-failures`: notifications that were given up. */
@injectable()
export class FailureRoutes {
  constructor(
    @inject(OutboxToken) private readonly outbox: Outbox,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
  ) {}

  /** All of its routes. */
  table(): RouteTable {
    const change = (
      action: string,
      apply: (orgId: string, id: string) => Promise<boolean>,
      declaration: Pick<RouteDeclaration, 'operationId' | 'method' | 'path' | 'summary'>,
    ) =>
      route({
        ...update,
        ...declaration,
        status: 204,
        handle: ({ request }) => this.#change(request, action, apply),
      });
    const routes = [
      this.#list(),
      change('Retry-Notification', (orgId, id) => this.outbox.retry(orgId, id, TOPIC), {
        operationId: 'retryFailedNotification',
        method: 'post',
        path: `${PATH}/:id/retry`,
        summary: 'Try again, with a fresh set of attempts',
      }),
      change('Discard-Notification', (orgId, id) => this.outbox.discard(orgId, id, TOPIC), {
        operationId: 'discardFailedNotification',
        method: 'delete',
        path: `${PATH}/:id`,
        summary: 'Forget a failed notification',
      }),
    ];
    return { name: 'notification-failures', base: '/api/server/v1', errors: renderFailureError, routes };
  }

  #list(): RouteDeclaration {
    return route({
      ...view,
      operationId: 'getFailedNotifications',
      method: 'get',
      path: PATH,
      summary: 'Notifications that were given up, the newest first',
      query: listQuery,
      response: listAnswer,
      status: 200,
      handle: async ({ query, request }) => {
        const dead = await this.outbox.list(request.organization.id, 'dead', query.limit, TOPIC);
        const notifications = dead.map(({ id, payload, attempts, lastError, createdAt }) => {
          const { channel, template, to } = payload as NotificationDuty;
          const reason = lastError ?? '';
          return { id, channel, template, to, attempts, reason, createdAt: new Date(createdAt).toISOString() };
        });
        return { notifications };
      },
    });
  }

  async #change(
    { organization: { id: orgId }, params }: HttpRequest,
    action: string,
    apply: (orgId: string, id: string) => Promise<boolean>,
  ): Promise<void> {
    const { id = '' } = params;
    await this.database.run(async () => {
      if (!(await apply(orgId, id))) throw failureErrors.notFound(id);
      await this.audit.record({ orgId, action, targetId: id, targetType: 'Notification' });
    });
  }
}
