import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis } from '#core/persistence';

/** One audit record. `seq` and `hash` are given when it is linked into the chain, right after its commit. */
@Entity({ name: 'audit_record' })
@Index('ux_audit_record_seq', ['seq'], { unique: true })
@Index('ix_audit_record_org', ['orgId', 'createdAt'])
export class AuditRecordEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  /** The record as it was written: JSON text. */
  @Column({ type: 'text' }) record!: string;
  @Column({ type: 'bigint', transformer: epochMillis, nullable: true }) seq!: number | null;
  @Column({ type: 'varchar', length: 64, nullable: true }) hash!: string | null;
  @Column({ name: 'created_at', type: 'bigint', transformer: epochMillis }) createdAt!: number;
}

/** The end of the chain: one row. */
@Entity({ name: 'audit_chain' })
export class AuditChainEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ type: 'bigint', transformer: epochMillis }) seq!: number;
  @Column({ type: 'varchar', length: 64 }) hash!: string;
}
