import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis, json } from '#core/persistence';
import type { ApplicationSettings } from './application-model.js';

/** An application of an organization. */
@Entity({ name: 'application' })
@Index('ux_application_name', ['orgId', 'nameKey'], { unique: true })
export class ApplicationEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ type: 'varchar', length: 191 }) name!: string;
  /** The name in lower case. */
  @Column({ name: 'name_key', type: 'varchar', length: 191 }) nameKey!: string;
  @Column({ type: 'text', transformer: json }) settings!: ApplicationSettings;
  @Column({ name: 'created_at', type: 'bigint', transformer: epochMillis }) createdAt!: number;
  @Column({ name: 'modified_at', type: 'bigint', transformer: epochMillis }) modifiedAt!: number;
}
