import { Column, Entity, PrimaryColumn } from 'typeorm';
import { json } from '#core/persistence';

/** What an organization has set for OAuth beyond single applications: one row for each subject. */
@Entity({ name: 'oauth_organization_setting' })
export class OrganizationSettingEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  /** The subject: `inbound-oauth2`. */
  @PrimaryColumn({ type: 'varchar', length: 64 }) name!: string;
  @Column({ type: 'text', transformer: json }) content!: Record<string, unknown>;
}
