import { Column, Entity, PrimaryColumn } from 'typeorm';
import { json } from '#core/persistence';

/** A scope that an organization has registered by itself: neither one of an API nor one that stands for claims. */
@Entity({ name: 'oauth_registered_scope' })
export class RegisteredScopeEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @PrimaryColumn({ type: 'varchar', length: 191 }) name!: string;
  @Column({ name: 'display_name', type: 'varchar', length: 255 }) displayName!: string;
  @Column({ type: 'text' }) description!: string;
  /** Names of roles. */
  @Column({ type: 'text', transformer: json }) bindings!: string[];
}
