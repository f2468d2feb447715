import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What the server, not the store, knows of a user: claims below `http://wso2.org/claims/identity/`. */
@Entity({ name: 'identity_data' })
export class IdentityDataEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 }) userId!: string;
  /** Claim URI without the common beginning: `accountLocked`. */
  @PrimaryColumn({ type: 'varchar', length: 100 }) name!: string;
  @Column({ name: 'data_value', type: 'text' }) value!: string;
}
