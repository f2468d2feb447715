import { Column, Entity, Index, PrimaryColumn, type ValueTransformer } from 'typeorm';
import { epochMillis, json } from '#core/persistence';
import type { StoredClientSettings } from './client-model.js';
import type { StoredClientSecret } from './client-secret-model.js';

/** No secrets are no text. */
const secrets: ValueTransformer = {
  to: (list: readonly StoredClientSecret[] | undefined) => (list?.length ? JSON.stringify(list) : null),
  from: (text: string | null) => (text === null ? [] : (JSON.parse(text) as StoredClientSecret[])),
};

/** The OAuth side of an application. */
@Entity({ name: 'oauth_client' })
@Index('ux_oauth_client_client_id', ['orgId', 'clientId'], { unique: true })
export class ClientEntity {
  @PrimaryColumn({ name: 'app_id', type: 'varchar', length: 36 }) appId!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ name: 'client_id', type: 'varchar', length: 64 }) clientId!: string;
  /** In the order in which they were made. */
  @Column({ name: 'client_secrets', type: 'text', nullable: true, transformer: secrets })
  clientSecrets!: StoredClientSecret[];
  @Column({ type: 'varchar', length: 16 }) state!: 'ACTIVE' | 'REVOKED';
  @Column({ type: 'text', transformer: json }) settings!: StoredClientSettings;
  /** Tokens issued before are not good any more, in milliseconds since the epoch. */
  @Column({ name: 'tokens_valid_from', type: 'bigint', transformer: epochMillis }) tokensValidFrom!: number;
}
