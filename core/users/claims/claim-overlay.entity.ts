import { Column, Entity, PrimaryColumn } from 'typeorm';
import { json } from '#core/persistence';

/** What an organization has made of a dialect or a claim that ships, or one of its own. */
@Entity({ name: 'claim_overlay' })
export class ClaimOverlayEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  /** Hash of dialect and claim. */
  @PrimaryColumn({ name: 'item_id', type: 'varchar', length: 64 }) itemId!: string;
  @Column({ name: 'dialect_uri', type: 'varchar', length: 255 }) dialectUri!: string;
  /** Empty: the dialect itself. */
  @Column({ name: 'claim_uri', type: 'varchar', length: 255 }) claimUri!: string;
  /** All of what is its own; of what ships only the members that differ, or null when it is removed. */
  @Column({ type: 'text', nullable: true, transformer: json }) data!: Readonly<Record<string, unknown>> | null;
}
