import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis, json } from '#core/persistence';

/** A setting of a secondary store, by its published name. */
export interface StoredProperty {
  readonly name: string;
  /** Sealed when it is secret. */
  readonly value: string;
  readonly sealed?: true;
}

/** Which attribute of a store holds the values of a local claim. */
export interface AttributeMapping {
  readonly claimURI: string;
  readonly mappedAttribute: string;
}

/** A secondary user store of an organization. */
@Entity({ name: 'user_store' })
@Index('ux_user_store_domain', ['orgId', 'domain'], { unique: true })
export class SecondaryStoreEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  /** Upper case. */
  @Column({ type: 'varchar', length: 64 }) domain!: string;
  /** Kind: `read_only_ldap_unique_id`. */
  @Column({ type: 'varchar', length: 100 }) type!: string;
  @Column({ type: 'text' }) description!: string;
  /** `REMOVED`: nobody sees it any more; the row stays until what the server knows of its users is gone. */
  @Column({ type: 'varchar', length: 16 }) status!: 'ENABLED' | 'DISABLED' | 'REMOVED';
  @Column({ type: 'text', transformer: json }) properties!: readonly StoredProperty[];
  /** Counts changes. */
  @Column({ type: 'int' }) revision!: number;
  @Column({ name: 'created_at', type: 'bigint', transformer: epochMillis }) createdAt!: number;
}
