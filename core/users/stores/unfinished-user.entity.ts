import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis } from '#core/persistence';

/**
 * A user who is being made in a store over a network. The row stands before the store is written to and goes with the
 * unit of work that completes the user, so that after a crash it tells whom to remove.
 */
@Entity({ name: 'user_unfinished' })
@Index('ux_user_unfinished_name', ['orgId', 'domain', 'nameKey'], { unique: true })
@Index('ix_user_unfinished_due', ['dueAt'])
export class UnfinishedUserEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ type: 'varchar', length: 64 }) domain!: string;
  @Column({ type: 'varchar', length: 255 }) username!: string;
  /** Hash of the name in lower case: of one name one is made at a time. */
  @Column({ name: 'name_key', type: 'varchar', length: 64 }) nameKey!: string;
  /**
   * `begun`: the store has not been written to. `writing`: the name was free, the store is being written to. `undoing`:
   * it did not come to an end, and whatever the store has is to be removed.
   */
  @Column({ type: 'varchar', length: 16 }) state!: 'begun' | 'writing' | 'undoing';
  /** From when on it counts as abandoned; while a node clears it, when that node's lease ends. */
  @Column({ name: 'due_at', type: 'bigint', transformer: epochMillis }) dueAt!: number;
}
