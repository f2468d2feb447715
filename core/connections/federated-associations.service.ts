import { inject, injectable } from 'tsyringe';
import { v7 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { sha256Hex } from '#core/crypto';
import { type Clock, ClockToken, type EventBus, EventBusToken, token } from '#core/kernel';
import { type Database, DatabaseToken, isDuplicate } from '#core/persistence';
import { type User, UserDeleted } from '#core/users';

import { FederatedAssociationEntity } from './federated-association.entity.js';
import { FederatedAssociationRepository } from './federated-association.repository.js';
import type { IdentityProviderEntity } from './identity-provider.entity.js';

/** Injection token of the links between users and accounts at identity providers. */
export const FederatedAssociationsToken = token<FederatedAssociations>('connections.federated-associations');

/** Longest name of an account at an identity provider. */
const MAX_SUBJECT = 1024;

/** Whether an account may be called so; PostgreSQL cannot keep a NUL. */
export const isAccountName = (subject: string): boolean =>
  subject !== '' && subject.length <= MAX_SUBJECT && !subject.includes('\0');

/**
 * Links between users and their accounts at identity providers. An account is linked to one user at most; a user may
 * have several. They go with the user and with the identity provider.
 */
@injectable()
export class FederatedAssociations {
  constructor(
    @inject(FederatedAssociationRepository) private readonly repository: FederatedAssociationRepository,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(EventBusToken) events: EventBus,
  ) {
    events.participate(UserDeleted, ({ orgId, id }) => this.repository.deleteOfUser(orgId, id));
  }

  /** The link of an account, if there is one. */
  async find(orgId: string, idpId: string, subject: string): Promise<FederatedAssociationEntity | undefined> {
    return (await this.repository.find(orgId, idpId, subject)) ?? undefined;
  }

  /** All links of a user, the oldest first. */
  listOf({ orgId, id }: Pick<User, 'orgId' | 'id'>): Promise<FederatedAssociationEntity[]> {
    return this.repository.ofUser(orgId, id);
  }

  /**
   * Links an account to a user of the same organization. Of concurrent callers one makes the link.
   *
   * @returns the link; or that which was there before, whoever it belongs to
   * @throws Error when user and identity provider belong to different organizations, or the account has no name that {@link isAccountName} takes
   */
  async link(
    user: User,
    idp: Pick<IdentityProviderEntity, 'id' | 'orgId' | 'name'>,
    subject: string,
  ): Promise<{ readonly association: FederatedAssociationEntity; readonly isNew: boolean }> {
    const { orgId } = idp;
    if (user.orgId !== orgId) throw new Error('the user is not of the organization of the identity provider');
    if (!isAccountName(subject))
      throw new Error(`an account has a name of 1 to ${MAX_SUBJECT} characters, without NUL`);
    const before = await this.repository.find(orgId, idp.id, subject);
    if (before) return { association: before, isNew: false };
    const association = Object.assign(new FederatedAssociationEntity(), {
      id: uuid(),
      orgId,
      idpId: idp.id,
      subject,
      subjectKey: sha256Hex(subject),
      userId: user.id,
      createdAt: this.clock.now(),
    });
    try {
      await this.database.run(async () => {
        await this.repository.insert(association);
        await this.#record('add-federated-association', association, idp.name);
      });
      return { association, isNew: true };
    } catch (error) {
      const other = isDuplicate(error) ? await this.repository.find(orgId, idp.id, subject) : null;
      if (!other) throw error;
      return { association: other, isNew: false };
    }
  }

  /** Removes a link of a user. Returns whether there was one. */
  async unlink({ orgId, id: userId }: Pick<User, 'orgId' | 'id'>, associationId: string): Promise<boolean> {
    return this.database.run(async () => {
      const association = await this.repository.findById(orgId, userId, associationId);
      if (!association || !(await this.repository.delete(orgId, associationId))) return false;
      await this.#record('delete-federated-association', association);
      return true;
    });
  }

  #record(action: string, { orgId, userId, idpId, id }: FederatedAssociationEntity, idp?: string): Promise<void> {
    const data = { associationId: id, idpId, ...(idp === undefined ? {} : { idp }) };
    return this.audit.record({ orgId, action, targetId: userId, targetType: 'User', data });
  }
}
