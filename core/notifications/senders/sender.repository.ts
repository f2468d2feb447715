import { inject, injectable } from 'tsyringe';
import { type Database, DatabaseToken } from '#core/persistence';
import type { Channel } from '../provider.js';
import { SenderEntity } from './sender.entity.js';

/** Rows of senders. */
@injectable()
export class SenderRepository {
  constructor(@inject(DatabaseToken) private readonly database: Database) {}

  /** The oldest first. */
  list(orgId: string, channel: Channel): Promise<SenderEntity[]> {
    const order = { createdAt: 'ASC', nameKey: 'ASC' } as const;
    return this.database.manager.find(SenderEntity, { where: { orgId, channel }, order });
  }

  find(orgId: string, channel: Channel, nameKey: string): Promise<SenderEntity | null> {
    return this.database.manager.findOneBy(SenderEntity, { orgId, channel, nameKey });
  }

  async insert(sender: SenderEntity): Promise<void> {
    await this.database.manager.insert(SenderEntity, sender);
  }

  async update(orgId: string, id: string, change: Partial<SenderEntity>): Promise<void> {
    await this.database.manager.update(SenderEntity, { orgId, id }, change);
  }

  async delete(orgId: string, id: string): Promise<void> {
    await this.database.manager.delete(SenderEntity, { orgId, id });
  }
}
