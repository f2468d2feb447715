import { inject, injectable } from 'tsyringe';
import { sha256Hex } from '#core/crypto';
import { type Database, DatabaseToken } from '#core/persistence';

import { FederatedAssociationEntity } from './federated-association.entity.js';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Rows of links between users and accounts at identity providers. */
@injectable()
export class FederatedAssociationRepository {
  constructor(@inject(DatabaseToken) private readonly database: Database) {}

  find(orgId: string, idpId: string, subject: string): Promise<FederatedAssociationEntity | null> {
    return this.database.manager.findOneBy(FederatedAssociationEntity, {
      orgId,
      idpId,
      subjectKey: sha256Hex(subject),
    });
  }

  /** One of a user's own. */
  async findById(orgId: string, userId: string, id: string): Promise<FederatedAssociationEntity | null> {
    if (!uuid.test(id)) return null;
    return this.database.manager.findOneBy(FederatedAssociationEntity, { orgId, userId, id });
  }

  /** All of a user, the oldest first. */
  ofUser(orgId: string, userId: string): Promise<FederatedAssociationEntity[]> {
    const order = { createdAt: 'ASC', id: 'ASC' } as const;
    return this.database.manager.find(FederatedAssociationEntity, { where: { orgId, userId }, order });
  }

  /** Fails with a duplicate when the account is linked already. */
  async insert(association: FederatedAssociationEntity): Promise<void> {
    await this.database.manager.insert(FederatedAssociationEntity, association);
  }

  async delete(orgId: string, id: string): Promise<boolean> {
    const { affected } = await this.database.manager.delete(FederatedAssociationEntity, { orgId, id });
    return (affected ?? 0) > 0;
  }

  async deleteOfProvider(orgId: string, idpId: string): Promise<void> {
    await this.database.manager.delete(FederatedAssociationEntity, { orgId, idpId });
  }

  async deleteOfUser(orgId: string, userId: string): Promise<void> {
    await this.database.manager.delete(FederatedAssociationEntity, { orgId, userId });
  }
}
