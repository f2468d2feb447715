import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A value that an organization has set for a setting of its own. */
@Entity({ name: 'organization_value' })
export class OrganizationValueEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  /** What it belongs to: the name of a connector, `validation-rules`. */
  @PrimaryColumn({ type: 'varchar', length: 100 }) topic!: string;
  @PrimaryColumn({ type: 'varchar', length: 150 }) name!: string;
  @Column({ name: 'setting_value', type: 'text' }) value!: string;
}
