import type { JWK } from 'jose';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis, json } from '#core/persistence';

/** Algorithms for which an organization has key pairs of its own. */
export const KEY_ALGORITHMS = ['RS256', 'ES256'] as const;

/** Algorithms by which an organization signs; the RSA key pair serves two of them. */
export const SIGNING_ALGORITHMS = ['RS256', 'PS256', 'ES256'] as const;

/** One of {@link KEY_ALGORITHMS}. */
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number];

/** One of {@link SIGNING_ALGORITHMS}. */
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** Algorithms by which a key pair of the given one signs. */
export const signsBy = (algorithm: KeyAlgorithm): readonly SigningAlgorithm[] =>
  algorithm === 'RS256' ? ['RS256', 'PS256'] : [algorithm];

/** A key pair of an organization. The newest of an algorithm signs, once it was published for a while; all that have not retired are published. */
@Entity({ name: 'signing_key' })
@Index('ix_signing_key_org', ['orgId'])
export class SigningKeyEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ type: 'varchar', length: 16 }) algorithm!: KeyAlgorithm;
  @Column({ type: 'varchar', length: 128 }) kid!: string;
  @Column({ name: 'public_jwk', type: 'text', transformer: json }) publicJwk!: JWK;
  /** PKCS #8 PEM, sealed. */
  @Column({ name: 'private_key', type: 'text' }) privateKey!: string;
  /** Self-signed, PEM. */
  @Column({ type: 'text' }) certificate!: string;
  @Column({ name: 'created_at', type: 'bigint', transformer: epochMillis }) createdAt!: number;
  /** From when on it is published no more; null until another takes its place. */
  @Column({ name: 'retires_at', type: 'bigint', transformer: epochMillis, nullable: true }) retiresAt!: number | null;
}
