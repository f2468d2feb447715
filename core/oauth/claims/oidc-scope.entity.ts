import { Column, Entity, PrimaryColumn } from 'typeorm';
import { json } from '#core/persistence';

/** A scope that an organization has made or changed itself, or a shipped one that it does not want. */
@Entity({ name: 'oauth_oidc_scope' })
export class OidcScopeEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @PrimaryColumn({ type: 'varchar', length: 191 }) name!: string;
  @Column({ name: 'display_name', type: 'varchar', length: 255 }) displayName!: string;
  @Column({ type: 'text' }) description!: string;
  /** Names of OpenID Connect claims; null: the scope that ships under this name is removed. */
  @Column({ type: 'text', nullable: true, transformer: json }) claims!: string[] | null;
}
