import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis, json } from '#core/persistence';

/** Which role of the server's own a role is. */
export type SystemRole = 'admin' | 'everyone' | 'console';

/** A role: permissions for users and groups, within an organization or one application. */
@Entity({ name: 'access_role' })
@Index('ux_access_role_name_key', ['orgId', 'audienceType', 'audienceId', 'nameKey'], { unique: true })
export class RoleEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ type: 'varchar', length: 191 }) name!: string;
  /** The name in lower case. */
  @Column({ name: 'name_key', type: 'varchar', length: 191, default: '' }) nameKey!: string;
  @Column({ name: 'audience_type', type: 'varchar', length: 16 }) audienceType!: 'organization' | 'application';
  @Column({ name: 'audience_id', type: 'varchar', length: 36 }) audienceId!: string;
  /** Scopes that it gives. */
  @Column({ type: 'text', transformer: json }) permissions!: string[];
  /**
   * `admin` gives every scope, `everyone` is had by every user, `console` is a preset one of the console, whose
   * permissions ship with the server; null: made by somebody.
   */
  @Column({ name: 'system_role', type: 'varchar', length: 16, nullable: true }) system!: SystemRole | null;
  /** The role of the organization above that this one is; null: it is the organization's own. */
  @Column({ name: 'shared_from', type: 'varchar', length: 36, nullable: true }) sharedFrom!: string | null;
  /** What a client calls it; null: nothing. */
  @Column({ name: 'external_id', type: 'varchar', length: 191, nullable: true }) externalId!: string | null;
  @Column({ name: 'created_at', type: 'bigint', default: 0, transformer: epochMillis }) createdAt!: number;
  @Column({ name: 'modified_at', type: 'bigint', default: 0, transformer: epochMillis }) modifiedAt!: number;
  /** Counts the changes of it and of who has it. */
  @Column({ type: 'integer', default: 0 }) revision!: number;
}

/** Who has a role: a user, a group of a user store, or a group of an identity provider. */
export type RoleMemberType = 'user' | 'group' | 'idpgroup';

/** Somebody has a role. */
@Entity({ name: 'access_role_member' })
@Index('ix_access_role_member', ['orgId', 'memberId'])
@Index('ix_access_role_member_type', ['roleId', 'memberType', 'memberId'])
export class RoleMemberEntity {
  @PrimaryColumn({ name: 'role_id', type: 'varchar', length: 36 }) roleId!: string;
  @PrimaryColumn({ name: 'member_id', type: 'varchar', length: 36 }) memberId!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ name: 'member_type', type: 'varchar', length: 8 }) memberType!: RoleMemberType;
}

/** Scopes of an API resource that an application may ask for. */
@Entity({ name: 'access_authorized_api' })
export class AuthorizedApiEntity {
  @PrimaryColumn({ name: 'app_id', type: 'varchar', length: 36 }) appId!: string;
  @PrimaryColumn({ name: 'api_id', type: 'varchar', length: 36 }) apiId!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  /** `RBAC`: only with a role that gives the scope; `NO_POLICY`: for everybody. */
  @Column({ name: 'policy_id', type: 'varchar', length: 32 }) policyId!: 'RBAC' | 'NO_POLICY';
  @Column({ type: 'text', transformer: json }) scopes!: string[];
  /** Types of authorization details that it may ask for; null: none. */
  @Column({ name: 'details_types', type: 'text', nullable: true, transformer: json }) detailsTypes!: string[] | null;
}

/** A type of authorization details that an API resource knows (RFC 9396). */
@Entity({ name: 'access_details_type' })
@Index('ux_access_details_type', ['orgId', 'type'], { unique: true })
export class AuthorizationDetailsTypeEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ name: 'api_id', type: 'varchar', length: 36 }) apiId!: string;
  @Column({ type: 'varchar', length: 191 }) type!: string;
  @Column({ type: 'varchar', length: 255 }) name!: string;
  @Column({ type: 'text', nullable: true }) description!: string | null;
  /** JSON Schema 2020-12 of a detail. */
  @Column({ name: 'schema_text', type: 'text', transformer: json }) schema!: Readonly<Record<string, unknown>>;
}

/** An authorization detail that a user has agreed to. */
export interface ConsentedDetail {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** What a user has allowed an application to have. */
@Entity({ name: 'access_consent' })
export class ConsentEntity {
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 }) userId!: string;
  @PrimaryColumn({ name: 'app_id', type: 'varchar', length: 36 }) appId!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ type: 'text', transformer: json }) scopes!: string[];
  /** Local claim URIs. */
  @Column({ type: 'text', transformer: json }) claims!: string[];
  /** Authorization details; null: none. */
  @Column({ type: 'text', nullable: true, transformer: json }) details!: ConsentedDetail[] | null;
  @Column({ name: 'given_at', type: 'bigint', transformer: epochMillis }) givenAt!: number;
}
