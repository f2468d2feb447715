import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis } from '#core/persistence';
import type { Channel } from '../provider.js';

/** A sender of an organization. */
@Entity({ name: 'notification_sender' })
@Index('ux_notification_sender_name', ['orgId', 'channel', 'nameKey'], { unique: true })
export class SenderEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ type: 'varchar', length: 8 }) channel!: Channel;
  @Column({ type: 'varchar', length: 191 }) name!: string;
  /** The name in lower case. */
  @Column({ name: 'name_key', type: 'varchar', length: 191 }) nameKey!: string;
  /** Type of the provider. */
  @Column({ type: 'varchar', length: 64 }) provider!: string;
  /** Properties and authentication as JSON, sealed: headers and bodies may carry secrets too. */
  @Column({ type: 'text' }) sealed!: string;
  @Column({ name: 'created_at', type: 'bigint', transformer: epochMillis }) createdAt!: number;
}
