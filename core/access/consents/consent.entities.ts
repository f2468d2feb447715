import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { json } from '#core/persistence';

/** Free properties of an element, a version or a consent. */
export type Properties = Readonly<Record<string, string>>;

/** A kind of data that users can consent to the use of; `PII category` in version 1 of the API. */
@Entity({ name: 'consent_element' })
@Index('ux_consent_element_name', ['orgId', 'nameKey'], { unique: true })
@Index('ux_consent_element_number', ['orgId', 'number'], { unique: true })
export class ConsentElementEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  /** Its id in version 1. */
  @Column({ type: 'integer' }) number!: number;
  @Column({ type: 'varchar', length: 255 }) name!: string;
  /** The name in small letters: two names that differ in case only are the same. */
  @Column({ name: 'name_key', type: 'varchar', length: 510 }) nameKey!: string;
  @Column({ name: 'display_name', type: 'varchar', length: 255, nullable: true }) displayName!: string | null;
  @Column({ type: 'text', nullable: true }) description!: string | null;
  /** 1: data that the law protects more than other data. */
  @Column({ type: 'integer' }) sensitive!: number;
  @Column({ type: 'text', nullable: true, transformer: json }) properties!: Properties | null;
}

/** What data is used for. What it comprises stands in its versions. */
@Entity({ name: 'consent_purpose' })
@Index('ux_consent_purpose_key', ['orgId', 'uniqueKey'], { unique: true })
@Index('ux_consent_purpose_number', ['orgId', 'number'], { unique: true })
export class ConsentPurposeEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  /** Its id in version 1. */
  @Column({ type: 'integer' }) number!: number;
  @Column({ type: 'varchar', length: 255 }) name!: string;
  @Column({ name: 'name_key', type: 'varchar', length: 510 }) nameKey!: string;
  /** `groupType` in version 1. */
  @Column({ type: 'varchar', length: 255 }) type!: string;
  @Column({ name: 'type_key', type: 'varchar', length: 510 }) typeKey!: string;
  /** `group` in version 1; empty for purposes made by version 2. */
  @Column({ name: 'group_name', type: 'varchar', length: 255 }) group!: string;
  /** Hash of name, type and group, which together are unique. */
  @Column({ name: 'unique_key', type: 'varchar', length: 43 }) uniqueKey!: string;
  @Column({ type: 'text', nullable: true }) description!: string | null;
  /** The version that new consents are given to. */
  @Column({ name: 'latest_version_id', type: 'varchar', length: 36 }) latestVersionId!: string;
}

/** A version of a purpose. It never changes. */
@Entity({ name: 'consent_purpose_version' })
@Index('ux_consent_purpose_version', ['purposeId', 'label'], { unique: true })
export class PurposeVersionEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ name: 'purpose_id', type: 'varchar', length: 36 }) purposeId!: string;
  @Column({ type: 'varchar', length: 100 }) label!: string;
  @Column({ type: 'text', nullable: true }) description!: string | null;
  @Column({ type: 'text', nullable: true, transformer: json }) properties!: Properties | null;
}

/** An element of a version of a purpose. */
@Entity({ name: 'consent_version_element' })
@Index('ix_consent_version_element', ['orgId', 'elementId'])
export class VersionElementEntity {
  @PrimaryColumn({ name: 'version_id', type: 'varchar', length: 36 }) versionId!: string;
  @PrimaryColumn({ name: 'element_id', type: 'varchar', length: 36 }) elementId!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  /** Its place among the elements of the version. */
  @Column({ type: 'integer' }) position!: number;
  /** 1: who consents to the purpose consents to it. */
  @Column({ type: 'integer' }) mandatory!: number;
}

/** A category of purposes (version 1 only). */
@Entity({ name: 'consent_purpose_category' })
@Index('ux_consent_category_name', ['orgId', 'nameKey'], { unique: true })
@Index('ux_consent_category_number', ['orgId', 'number'], { unique: true })
export class PurposeCategoryEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ type: 'integer' }) number!: number;
  @Column({ type: 'varchar', length: 255 }) name!: string;
  @Column({ name: 'name_key', type: 'varchar', length: 510 }) nameKey!: string;
  @Column({ type: 'text', nullable: true }) description!: string | null;
}

/** The last number given to a kind of things of an organization. */
@Entity({ name: 'consent_counter' })
export class ConsentCounterEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @PrimaryColumn({ type: 'varchar', length: 16 }) kind!: 'element' | 'purpose' | 'category';
  @Column({ name: 'last_number', type: 'integer' }) last!: number;
}
