import type { AuditLog } from '#core/audit';
import type { CallWitness, HttpRequest, Principal } from '#core/http';

/** Notes in the audit log what is changed with tokens by which somebody acts for their user. */
export class ImpersonatedCalls implements CallWitness {
  constructor(private readonly audit: () => AuditLog) {}

  async succeeded({ organization, method, path }: HttpRequest, principal: Principal): Promise<void> {
    const { actorId, id, clientId } = principal;
    if (actorId === undefined) return;
    await this.audit().record({
      orgId: organization.id,
      action: 'resource-modification-via-impersonation',
      initiatorId: actorId,
      targetId: id,
      targetType: principal.type,
      data: { method, path, clientId },
    });
  }
}
