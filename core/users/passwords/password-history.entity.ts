import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis } from '#core/persistence';

/** A password that a user has had, as a hash. */
@Entity({ name: 'password_history' })
@Index('ix_password_history_user', ['orgId', 'userId', 'setAt'])
export class PasswordHistoryEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ name: 'user_id', type: 'varchar', length: 36 }) userId!: string;
  @Column({ name: 'password_hash', type: 'varchar', length: 255 }) hash!: string;
  @Column({ name: 'set_at', type: 'bigint', transformer: epochMillis }) setAt!: number;
}
