import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis } from '#core/persistence';

/** A tenant (root, no parent) or an organization below one. */
@Entity({ name: 'organization' })
@Index('ux_organization_handle', ['handle'], { unique: true })
@Index('ix_organization_parent', ['parentId'])
export class OrganizationEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  /** Tenant domain, lower case, unique in the server, never changed. */
  @Column({ type: 'varchar', length: 255 }) handle!: string;
  /** Display name. */
  @Column({ type: 'varchar', length: 255 }) name!: string;
  @Column({ name: 'parent_id', type: 'varchar', length: 36, nullable: true }) parentId!: string | null;
  /** The root of its tree; its own id when it is the root. */
  @Column({ name: 'root_id', type: 'varchar', length: 36 }) rootId!: string;
  @Column({ type: 'varchar', length: 16 }) status!: 'ACTIVE' | 'DISABLED';
  /** User who owns a tenant. */
  @Column({ name: 'owner_id', type: 'varchar', length: 36, nullable: true }) ownerId!: string | null;
  @Column({ name: 'owner_name', type: 'varchar', length: 255, nullable: true }) ownerName!: string | null;
  @Column({ name: 'created_at', type: 'bigint', transformer: epochMillis }) createdAt!: number;
}
