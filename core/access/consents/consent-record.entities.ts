import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis, json } from '#core/persistence';

/** State of a consent as it is stored: that it has expired follows from the time. */
export type StoredState = 'PENDING' | 'ACTIVE' | 'REJECTED' | 'REVOKED';
/** What somebody has decided who was asked to authorize a consent. */
export type AuthorizationState = 'PENDING' | 'APPROVED' | 'REJECTED' | 'REVOKED';

/** What only receipts of version 1 of the API know. */
export interface ReceiptDetails {
  readonly collectionMethod?: string | undefined;
  readonly jurisdiction?: string | undefined;
  readonly policyUrl?: string | undefined;
}

/** What only receipts of version 1 know of a purpose. */
export interface ReceiptPurposeDetails {
  readonly serviceDisplayName?: string | undefined;
  readonly serviceDescription?: string | undefined;
  readonly consentType?: string | undefined;
  readonly primaryPurpose?: boolean | undefined;
  readonly termination?: string | undefined;
  readonly thirdPartyDisclosure?: boolean | undefined;
  readonly thirdPartyName?: string | undefined;
  /** Numbers and names of the categories, as they were when the consent was given. */
  readonly categories: readonly { readonly number: number; readonly name: string }[];
}

/** A consent of a user to purposes of a service. */
@Entity({ name: 'consent_record' })
@Index('ix_consent_record_subject', ['orgId', 'userId'])
export class ConsentRecordEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ name: 'user_id', type: 'varchar', length: 36 }) userId!: string;
  /** Name of the user when the consent was given. */
  @Column({ name: 'subject_name', type: 'varchar', length: 255 }) subjectName!: string;
  /** The service; of a receipt for several the first. */
  @Column({ name: 'service_id', type: 'varchar', length: 255 }) serviceId!: string;
  @Column({ type: 'varchar', length: 20, nullable: true }) language!: string | null;
  @Column({ type: 'varchar', length: 16 }) state!: StoredState;
  @Column({ name: 'given_at', type: 'bigint', transformer: epochMillis }) givenAt!: number;
  @Column({ name: 'expires_at', type: 'bigint', nullable: true, transformer: epochMillis }) expiresAt!: number | null;
  /** Null for consents that were not given by version 1. */
  @Column({ type: 'text', nullable: true, transformer: json }) receipt!: ReceiptDetails | null;
}

/** A version of a purpose that a consent is given to. */
@Entity({ name: 'consent_record_purpose' })
@Index('ix_consent_record_purpose', ['consentId'])
@Index('ix_consent_purpose_record', ['purposeId', 'versionId'])
export class ConsentedPurposeEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ name: 'consent_id', type: 'varchar', length: 36 }) consentId!: string;
  @Column({ name: 'purpose_id', type: 'varchar', length: 36 }) purposeId!: string;
  @Column({ name: 'version_id', type: 'varchar', length: 36 }) versionId!: string;
  @Column({ name: 'service_id', type: 'varchar', length: 255 }) serviceId!: string;
  @Column({ type: 'text', nullable: true, transformer: json }) receipt!: ReceiptPurposeDetails | null;
}

/** An element that is consented to, for one of the purposes. */
@Entity({ name: 'consent_record_element' })
@Index('ix_consent_record_element', ['orgId', 'elementId'])
export class ConsentedElementEntity {
  @PrimaryColumn({ name: 'consented_id', type: 'varchar', length: 36 }) consentedId!: string;
  @PrimaryColumn({ name: 'element_id', type: 'varchar', length: 36 }) elementId!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ type: 'integer' }) position!: number;
  /** `DATE_UNTIL:INDEFINITE` and the like, of receipts of version 1. */
  @Column({ type: 'varchar', length: 255, nullable: true }) validity!: string | null;
}

/** Somebody who is asked to authorize a consent, or who has. */
@Entity({ name: 'consent_authorization' })
@Index('ix_consent_authorization_user', ['orgId', 'userId'])
export class ConsentAuthorizationEntity {
  @PrimaryColumn({ name: 'consent_id', type: 'varchar', length: 36 }) consentId!: string;
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 }) userId!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ name: 'user_name', type: 'varchar', length: 255 }) userName!: string;
  @Column({ type: 'varchar', length: 64 }) type!: string;
  @Column({ type: 'varchar', length: 16 }) state!: AuthorizationState;
  @Column({ name: 'updated_at', type: 'bigint', transformer: epochMillis }) updatedAt!: number;
}

/** A free property of a consent: lists can be filtered by it. */
@Entity({ name: 'consent_property' })
@Index('ux_consent_property', ['consentId', 'name'], { unique: true })
export class ConsentPropertyEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ name: 'consent_id', type: 'varchar', length: 36 }) consentId!: string;
  @Column({ type: 'varchar', length: 255 }) name!: string;
  @Column({ type: 'text' }) value!: string;
  /** The value in small letters. */
  @Column({ name: 'value_key', type: 'text' }) valueKey!: string;
}
