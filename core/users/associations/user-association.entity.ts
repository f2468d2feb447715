import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis } from '#core/persistence';

/** A user is one of several accounts of the same person: all rows with one key. */
@Entity({ name: 'user_association' })
@Index('ix_user_association_key', ['orgId', 'associationKey'])
export class UserAssociationEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 }) userId!: string;
  @Column({ name: 'association_key', type: 'varchar', length: 36 }) associationKey!: string;
  @Column({ name: 'created_at', type: 'bigint', transformer: epochMillis }) createdAt!: number;
}
