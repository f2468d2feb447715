import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type Clock, ClockToken } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { qualifiedName, type User } from '#core/users';
import type { Properties } from './consent.entities.js';
import { ConsentCreation, type NewConsent } from './consent-creation.js';
import { consentErrors } from './consent-errors.js';
import { consentQuery } from './consent-query.js';
import { type AuthorizationState, ConsentAuthorizationEntity, ConsentRecordEntity } from './consent-record.entities.js';
import { ConsentRecords } from './consent-record.service.js';
import { decidedBy } from './consent-state.js';

/** A decision that an administrator writes. */
export interface AuthorizationChange {
  readonly user: User;
  readonly type?: string | undefined;
  /** Needed for somebody who was asked already; without it somebody new is asked. */
  readonly state?: Exclude<AuthorizationState, 'PENDING'> | undefined;
}

/** What an administrator changes of a consent; what is undefined stays. */
export interface ConsentChange {
  /** Milliseconds since the epoch; null: it does not expire any more. */
  readonly expiresAt?: number | null | undefined;
  readonly properties?: Properties | undefined;
  readonly authorizations?: readonly AuthorizationChange[] | undefined;
}

const USER = 'USER';

/** What becomes of consents. */
@injectable()
export class ConsentDecisions {
  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ConsentRecords) private readonly records: ConsentRecords,
    @inject(ConsentCreation) private readonly creation: ConsentCreation,
  ) {}

  /**
   * The subject, or somebody who was asked, approves or rejects a pending consent.
   *
   * @throws ApiError CMT-60008 when there is none, CMT-60023 for anybody else, CMT-60024 when it is not pending
   */
  async authorize(orgId: string, id: string, user: User, state: 'APPROVED' | 'REJECTED'): Promise<void> {
    await this.database.run(async () => {
      const record = await this.records.hold(orgId, id);
      const known = await this.records.authorizationsOf(record);
      const isAsked = known.some(({ userId }) => userId === user.id);
      if (!isAsked && record.userId !== user.id) throw consentErrors.notAuthorizer();
      const current = this.records.stateOf(record);
      if (current !== 'PENDING') throw consentErrors.notPending(current);
      await this.#write(record, user, state);
      await this.#settle(record);
      await this.#noted(record, 'authorize-consent', { by: user.id, state });
    });
  }

  /** Revokes a consent; that it was revoked already is no error. @throws ApiError CMT-60008 */
  async revoke(orgId: string, id: string): Promise<void> {
    await this.database.run(async () => {
      const record = await this.records.hold(orgId, id);
      if (record.state === 'REVOKED') return;
      const { manager } = this.database;
      await manager.update(ConsentRecordEntity, { orgId, id }, { state: 'REVOKED' });
      const change = { state: 'REVOKED', updatedAt: this.clock.now() } as const;
      await manager.update(ConsentAuthorizationEntity, { orgId, consentId: id }, change);
      await this.#noted(record, 'revoke-consent', {});
    });
  }

  /**
   * An administrator changes a consent.
   *
   * @throws ApiError CMT-60008, CMT-60025 for authorizations of one that is rejected or revoked, CMT-60026
   */
  async update(orgId: string, id: string, change: ConsentChange): Promise<void> {
    const { expiresAt, properties, authorizations = [] } = change;
    const users = authorizations.map(({ user }) => user.id);
    if (new Set(users).size < users.length) throw consentErrors.invalid('authorizations: a user is named twice.');
    await this.database.run(async () => {
      const record = await this.records.hold(orgId, id);
      if (expiresAt !== undefined)
        await this.database.manager.update(ConsentRecordEntity, { orgId, id }, { expiresAt });
      if (properties) await this.creation.writeProperties(record, properties);
      if (authorizations.length > 0) await this.#override(record, authorizations);
      const data = { ...(expiresAt === undefined ? {} : { expiresAt }), properties: Object.keys(properties ?? {}) };
      const decisions = authorizations.map(({ user, state = 'PENDING' }) => ({ by: user.id, state }));
      await this.#noted(record, 'update-consent', { ...data, authorizations: decisions });
    });
  }

  /** Writes a consent in place of those to the same services that version 1 of the API has written. */
  async replace(orgId: string, given: NewConsent): Promise<ConsentRecordEntity> {
    return this.database.run(async () => {
      const userId = given.subject.id;
      for (const serviceId of new Set(given.purposes.map((purpose) => purpose.serviceId))) {
        const wanted = { userId, serviceId, state: 'ACTIVE' } as const;
        const before = await consentQuery(this.database, orgId, wanted, this.clock.now())
          .andWhere('record.receipt IS NOT NULL')
          .getMany();
        for (const { id } of before) await this.revoke(orgId, id);
      }
      return this.creation.create(orgId, given);
    });
  }

  async #override(record: ConsentRecordEntity, changes: readonly AuthorizationChange[]): Promise<void> {
    if (record.state === 'REJECTED' || record.state === 'REVOKED') throw consentErrors.decided(record.state);
    const known = await this.records.authorizationsOf(record);
    for (const { user, type, state } of changes) {
      const isAsked = known.some(({ userId }) => userId === user.id);
      if (isAsked && state === undefined) throw consentErrors.authorizationState(qualifiedName(user));
      await this.#write(record, user, state ?? 'PENDING', type);
    }
    await this.#settle(record);
  }

  /** Notes what somebody has decided; who was not asked is added. */
  async #write(
    { orgId, id: consentId }: ConsentRecordEntity,
    user: User,
    state: AuthorizationState,
    type?: string,
  ): Promise<void> {
    const { manager } = this.database;
    const key = { orgId, consentId, userId: user.id };
    const updatedAt = this.clock.now();
    if (await manager.existsBy(ConsentAuthorizationEntity, key)) {
      await manager.update(ConsentAuthorizationEntity, key, { state, updatedAt });
      return;
    }
    const row = { ...key, userName: qualifiedName(user), type: type ?? USER, state, updatedAt };
    await manager.insert(ConsentAuthorizationEntity, row);
  }

  async #settle(record: ConsentRecordEntity): Promise<void> {
    const { orgId, id } = record;
    const decisions = (await this.records.authorizationsOf(record)).map(({ state }) => state);
    const state = decidedBy(record.state, decisions);
    if (state !== record.state) await this.database.manager.update(ConsentRecordEntity, { orgId, id }, { state });
  }

  #noted({ orgId, id, userId }: ConsentRecordEntity, action: string, data: object): Promise<void> {
    const target = { targetId: userId, targetType: 'User' } as const;
    return this.audit.record({ orgId, action, ...target, data: { consentId: id, ...data } });
  }
}
