import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis, json } from '#core/persistence';
import {
  type IdentityProviderSettings,
  identityProviderSettings,
  type ProviderContent,
  type ProviderKind,
} from './identity-provider-model.js';

/** An identity provider of an organization: somebody else whose word about users counts. */
@Entity({ name: 'identity_provider' })
@Index('ux_identity_provider_name', ['orgId', 'nameKey'], { unique: true })
@Index('ux_identity_provider_issuer', ['orgId', 'issuerKey'], { unique: true })
export class IdentityProviderEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ type: 'varchar', length: 191 }) name!: string;
  /** The name in lower case. */
  @Column({ name: 'name_key', type: 'varchar', length: 191 }) nameKey!: string;
  /** What stands as `iss` in its tokens; null: its name does. */
  @Column({ type: 'varchar', length: 1024, nullable: true }) issuer!: string | null;
  /** SHA-256 of the issuer, in hex; no two of an organization have the same. */
  @Column({ name: 'issuer_key', type: 'varchar', length: 64, nullable: true }) issuerKey!: string | null;
  @Column({ type: 'varchar', length: 16 }) status!: 'ENABLED' | 'DISABLED';
  @Column({ type: 'varchar', length: 32 }) kind!: ProviderKind;
  @Column({ type: 'text', transformer: json }) settings!: IdentityProviderSettings;
  @Column({ name: 'created_at', type: 'bigint', transformer: epochMillis }) createdAt!: number;
  @Column({ name: 'modified_at', type: 'bigint', transformer: epochMillis }) modifiedAt!: number;
}

/** What is kept, as content. */
export function contentOf({ name, issuer, status, kind, settings }: IdentityProviderEntity): ProviderContent {
  return {
    // A row may have been written by a release that knew fewer members.
    ...identityProviderSettings.parse(settings),
    name,
    isEnabled: status === 'ENABLED',
    kind,
    ...(issuer === null ? {} : { idpIssuerName: issuer }),
  };
}
