import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMillis } from '#core/persistence';
import type { Channel } from '../provider.js';

/** A template type that an organization has added. */
@Entity({ name: 'notification_template_type' })
export class TemplateTypeEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @PrimaryColumn({ type: 'varchar', length: 8 }) channel!: Channel;
  /** The name in lower case. */
  @PrimaryColumn({ name: 'name_key', type: 'varchar', length: 191 }) nameKey!: string;
  @Column({ type: 'varchar', length: 191 }) name!: string;
  @Column({ name: 'created_at', type: 'bigint', transformer: epochMillis }) createdAt!: number;
}

/** A template of an organization, or of one of its applications. */
@Entity({ name: 'notification_template' })
export class TemplateEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @PrimaryColumn({ type: 'varchar', length: 8 }) channel!: Channel;
  /** Name of its type in lower case. */
  @PrimaryColumn({ name: 'type_key', type: 'varchar', length: 191 }) typeKey!: string;
  /** Id of the application; empty for the whole organization. */
  @PrimaryColumn({ name: 'app_id', type: 'varchar', length: 36 }) appId!: string;
  @PrimaryColumn({ type: 'varchar', length: 16 }) locale!: string;
  @Column({ name: 'content_type', type: 'varchar', length: 64 }) contentType!: string;
  @Column({ type: 'text' }) subject!: string;
  @Column({ type: 'text' }) body!: string;
  @Column({ type: 'text' }) footer!: string;
  @Column({ name: 'modified_at', type: 'bigint', transformer: epochMillis }) modifiedAt!: number;
}
