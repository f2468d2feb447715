import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One value of what the server, not the store, knows of a user. */
@Entity({ name: 'identity_data' })
@Index('ix_identity_value', ['orgId', 'name', 'valueKey'])
export class IdentityDataEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 }) userId!: string;
  /** For claims below `http://wso2.org/claims/identity/` the rest of the URI: `accountLocked`. */
  @PrimaryColumn({ type: 'varchar', length: 100 }) name!: string;
  /** Position among the values of the name. */
  @PrimaryColumn({ type: 'int' }) position!: number;
  @Column({ name: 'data_value', type: 'text' }) value!: string;
  /** First 191 characters in lower case, for look-ups by value. */
  @Column({ name: 'value_key', type: 'varchar', length: 191 }) valueKey!: string;
}
