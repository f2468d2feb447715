import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What a client calls a group, whichever store it is in. */
@Entity({ name: 'group_external_id' })
@Index('ix_group_external_id', ['orgId', 'externalId'])
export class GroupExternalIdEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @PrimaryColumn({ name: 'group_id', type: 'varchar', length: 191 }) groupId!: string;
  @Column({ name: 'external_id', type: 'varchar', length: 191 }) externalId!: string;
}
