import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Where an organization wants what comes by SCIM, when neither the name nor the application says it. */
@Entity({ name: 'scim_inbound' })
export class InboundScimEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  /** Domain of the user store, upper case. */
  @Column({ type: 'varchar', length: 64 }) domain!: string;
}
