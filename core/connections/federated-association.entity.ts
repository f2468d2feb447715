import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis } from '#core/persistence';

/** A user and an account at an identity provider are the same person. */
@Entity({ name: 'federated_association' })
@Index('ux_federated_association_subject', ['orgId', 'idpId', 'subjectKey'], { unique: true })
@Index('ix_federated_association_user', ['orgId', 'userId'])
export class FederatedAssociationEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ name: 'idp_id', type: 'varchar', length: 36 }) idpId!: string;
  /** What the identity provider calls the account: `sub` of its tokens. */
  @Column({ type: 'varchar', length: 1024 }) subject!: string;
  /** SHA-256 of the subject, in hex. */
  @Column({ name: 'subject_key', type: 'varchar', length: 64 }) subjectKey!: string;
  @Column({ name: 'user_id', type: 'varchar', length: 36 }) userId!: string;
  @Column({ name: 'created_at', type: 'bigint', transformer: epochMillis }) createdAt!: number;
}
