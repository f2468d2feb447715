import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis, json } from '#core/persistence';
import type { StoredClientSettings } from './client-model.js';

/** The OAuth side of an application. */
@Entity({ name: 'oauth_client' })
@Index('ux_oauth_client_client_id', ['orgId', 'clientId'], { unique: true })
export class ClientEntity {
  @PrimaryColumn({ name: 'app_id', type: 'varchar', length: 36 }) appId!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ name: 'client_id', type: 'varchar', length: 64 }) clientId!: string;
  /** `sha256:<hex>`, or `sealed:<cipher text>` when secrets shall stay readable. Null: the client has no secret. */
  @Column({ name: 'client_secret', type: 'varchar', length: 512, nullable: true }) clientSecret!: string | null;
  @Column({ type: 'varchar', length: 16 }) state!: 'ACTIVE' | 'REVOKED';
  @Column({ type: 'text', transformer: json }) settings!: StoredClientSettings;
  /** Tokens issued before are not good any more, in milliseconds since the epoch. */
  @Column({ name: 'tokens_valid_from', type: 'bigint', transformer: epochMillis }) tokensValidFrom!: number;
}
