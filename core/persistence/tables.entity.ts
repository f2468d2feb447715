import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis, json } from './columns.js';

/** Row of the SQL state store; written by plain SQL, mapped here so that the drift check sees it. */
@Entity({ name: 'living_state' })
@Index('ix_living_state_expires_at', ['expiresAt'])
export class LivingStateEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @PrimaryColumn({ type: 'varchar', length: 32 }) kind!: string;
  @PrimaryColumn({ type: 'varchar', length: 128 }) id!: string;
  @Column({ type: 'text' }) content!: string;
  @Column({ name: 'expires_at', type: 'bigint', transformer: epochMillis }) expiresAt!: number;
  @Column({ type: 'int' }) version!: number;
}

/** A further name of a row of {@link LivingStateEntity}. */
@Entity({ name: 'living_state_ref' })
@Index('ix_living_state_ref_expires_at', ['expiresAt'])
export class LivingStateRefEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @PrimaryColumn({ type: 'varchar', length: 32 }) kind!: string;
  @PrimaryColumn({ type: 'varchar', length: 160 }) ref!: string;
  @PrimaryColumn({ type: 'varchar', length: 128 }) id!: string;
  @Column({ name: 'expires_at', type: 'bigint', transformer: epochMillis }) expiresAt!: number;
}

/** What has to be delivered: `pending` until done (then deleted), `dead` when all attempts failed. */
@Entity({ name: 'outbox_message' })
@Index('ix_outbox_message_due', ['status', 'nextAt'])
export class OutboxMessageEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ type: 'varchar', length: 64 }) topic!: string;
  @Column({ type: 'text', transformer: json }) payload!: unknown;
  @Column({ type: 'varchar', length: 16 }) status!: 'pending' | 'dead';
  @Column({ type: 'int' }) attempts!: number;
  /** When it is due; while leased, when the lease ends. */
  @Column({ name: 'next_at', type: 'bigint', transformer: epochMillis }) nextAt!: number;
  @Column({ name: 'last_error', type: 'text', nullable: true }) lastError!: string | null;
  @Column({ name: 'created_at', type: 'bigint', transformer: epochMillis }) createdAt!: number;
}

/** How often a kind of configuration has changed. */
@Entity({ name: 'config_version' })
export class ConfigVersionEntity {
  @PrimaryColumn({ type: 'varchar', length: 64 }) kind!: string;
  @Column({ type: 'int' }) version!: number;
}
