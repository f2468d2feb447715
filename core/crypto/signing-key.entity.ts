import type { JWK } from 'jose';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis, json } from '#core/persistence';

/** Signature algorithms for which an organization has keys of its own. */
export const SIGNING_ALGORITHMS = ['RS256', 'ES256'] as const;

/** One of {@link SIGNING_ALGORITHMS}. */
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** A key pair of an organization. The newest of an algorithm signs; all that have not retired are published. */
@Entity({ name: 'signing_key' })
@Index('ix_signing_key_org', ['orgId'])
export class SigningKeyEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ type: 'varchar', length: 16 }) algorithm!: SigningAlgorithm;
  @Column({ type: 'varchar', length: 128 }) kid!: string;
  @Column({ name: 'public_jwk', type: 'text', transformer: json }) publicJwk!: JWK;
  /** PKCS #8 PEM, sealed. */
  @Column({ name: 'private_key', type: 'text' }) privateKey!: string;
  /** Self-signed, PEM. */
  @Column({ type: 'text' }) certificate!: string;
  @Column({ name: 'created_at', type: 'bigint', transformer: epochMillis }) createdAt!: number;
  /** From when on it is published no more; null while it is the one that signs. */
  @Column({ name: 'retires_at', type: 'bigint', transformer: epochMillis, nullable: true }) retiresAt!: number | null;
}
