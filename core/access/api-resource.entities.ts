import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ApiResource } from './api-resource-model.js';

/** An API resource of an organization. */
@Entity({ name: 'access_api_resource' })
@Index('ux_access_api_resource', ['orgId', 'identifier'], { unique: true })
export class ApiResourceEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ type: 'varchar', length: 255 }) identifier!: string;
  @Column({ type: 'varchar', length: 255 }) name!: string;
  @Column({ type: 'text', nullable: true }) description!: string | null;
  @Column({ type: 'varchar', length: 16 }) type!: Exclude<ApiResource['type'], 'SYSTEM'>;
  /** 1: users need a role for its scopes. */
  @Column({ name: 'requires_authorization', type: 'integer' }) requiresAuthorization!: number;
}

/** A scope of an API resource of an organization; no two APIs of an organization have the same. */
@Entity({ name: 'access_api_scope' })
@Index('ux_access_api_scope', ['orgId', 'name'], { unique: true })
@Index('ix_access_api_scope', ['apiId'])
export class ApiScopeEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ name: 'api_id', type: 'varchar', length: 36 }) apiId!: string;
  @Column({ type: 'varchar', length: 191 }) name!: string;
  @Column({ name: 'display_name', type: 'varchar', length: 255 }) displayName!: string;
  @Column({ type: 'text', nullable: true }) description!: string | null;
}
