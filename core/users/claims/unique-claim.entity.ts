import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Who has a value that only one user may have. */
@Entity({ name: 'unique_claim_value' })
@Index('ix_unique_claim_value_user', ['orgId', 'userId', 'claimId'])
export class UniqueClaimEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  /** Hash of the claim, of how far its values are unique, and of the value. */
  @PrimaryColumn({ name: 'value_id', type: 'varchar', length: 64 }) valueId!: string;
  /** Hash of the claim. */
  @Column({ name: 'claim_id', type: 'varchar', length: 64 }) claimId!: string;
  @Column({ name: 'user_id', type: 'varchar', length: 36 }) userId!: string;
}
