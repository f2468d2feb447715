import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One value of what the server, not the store, knows of a user. */
@Entity({ name: 'identity_data' })
@Index('ix_identity_value', ['orgId', 'name', 'valueKey', 'userId'])
@Index('ix_identity_order', ['orgId', 'name', 'orderKey', 'userId'])
export class IdentityDataEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 }) userId!: string;
  /** For claims below `http://wso2.org/claims/identity/` the rest of the URI: `accountLocked`. */
  @PrimaryColumn({ type: 'varchar', length: 100 }) name!: string;
  /** Position among the values of the name. */
  @PrimaryColumn({ type: 'int' }) position!: number;
  @Column({ name: 'data_value', type: 'text' }) value!: string;
  /** The value in lower case, its first 191 characters. */
  @Column({ name: 'value_key', type: 'varchar', length: 191 }) valueKey!: string;
  /** The whole value in lower case, when it is longer. */
  @Column({ name: 'value_fold', type: 'text', nullable: true }) valueFold!: string | null;
  /** Numbers and times in their order. */
  @Column({ name: 'order_key', type: 'varchar', length: 64, nullable: true }) orderKey!: string | null;
}
