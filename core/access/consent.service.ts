import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type Clock, ClockToken, type EventBus, EventBusToken, token } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { UserDeleted } from '#core/users';
import { ConsentEntity, type ConsentedDetail } from './entities.js';

/** Injection token of the consents. */
export const ConsentServiceToken = token<ConsentService>('access.consents');

/** What a user has allowed an application. */
export interface Consent {
  readonly scopes: readonly string[];
  /** Local claim URIs. */
  readonly claims: readonly string[];
  readonly authorizationDetails?: readonly ConsentedDetail[] | undefined;
}

/** Consents that users have given for good. */
@injectable()
export class ConsentService {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(EventBusToken) events: EventBus,
  ) {
    events.participate(UserDeleted, async ({ orgId, id }) => {
      await this.database.run(() => this.database.manager.delete(ConsentEntity, { orgId, userId: id }));
    });
  }

  /** What has been given; empty when nothing. */
  async find(orgId: string, userId: string, appId: string): Promise<Consent> {
    const row = await this.database.manager.findOneBy(ConsentEntity, { orgId, userId, appId });
    if (!row) return { scopes: [], claims: [] };
    const { scopes, claims, details } = row;
    return { scopes, claims, ...(details ? { authorizationDetails: details } : {}) };
  }

  /** All consents of a user, by application. */
  async listOf(
    orgId: string,
    userId: string,
  ): Promise<{ readonly appId: string; readonly scopes: readonly string[] }[]> {
    const rows = await this.database.manager.findBy(ConsentEntity, { orgId, userId });
    return rows.map(({ appId, scopes }) => ({ appId, scopes }));
  }

  /** Writes what is given now, in place of what was. */
  async give(orgId: string, userId: string, appId: string, consent: Consent): Promise<void> {
    await this.database.run(async () => {
      const { scopes, claims, authorizationDetails } = consent;
      const given = {
        orgId,
        userId,
        appId,
        scopes: [...scopes],
        claims: [...claims],
        details: authorizationDetails ? [...authorizationDetails] : null,
        givenAt: this.clock.now(),
      };
      // In two windows at once, too.
      await this.database.manager.upsert(ConsentEntity, given as object, ['userId', 'appId']);
      const details = authorizationDetails?.map(({ type }) => type);
      const data = { scopes, claims, ...(details ? { authorizationDetails: details } : {}) };
      await this.audit.record({
        orgId,
        action: 'give-consent',
        initiatorId: userId,
        targetId: appId,
        targetType: 'Application',
        data,
      });
    });
  }

  /** Forgets what anybody has given to an application that goes. */
  async removeApplication(orgId: string, appId: string): Promise<void> {
    await this.database.run(() => this.database.manager.delete(ConsentEntity, { orgId, appId }));
  }

  /** Takes it back. Returns whether there was any. */
  async revoke(orgId: string, userId: string, appId: string): Promise<boolean> {
    return this.database.run(async () => {
      const { affected } = await this.database.manager.delete(ConsentEntity, { orgId, userId, appId });
      if (!affected) return false;
      await this.audit.record({
        orgId,
        action: 'revoke-consent',
        initiatorId: userId,
        targetId: appId,
        targetType: 'Application',
      });
      return true;
    });
  }
}
