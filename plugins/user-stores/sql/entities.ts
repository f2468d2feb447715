import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis } from '#core/persistence';

/** A user of the SQL store. */
@Entity({ name: 'um_user' })
@Index('ux_um_user_name', ['orgId', 'domain', 'usernameKey'], { unique: true })
export class SqlUserEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ type: 'varchar', length: 64 }) domain!: string;
  @Column({ type: 'varchar', length: 255 }) username!: string;
  /** What the name is compared by: lower case when the store does not mind it. */
  @Column({ name: 'username_key', type: 'varchar', length: 255 }) usernameKey!: string;
  /** PHC string; null: the user has no password. */
  @Column({ name: 'password_hash', type: 'varchar', length: 512, nullable: true }) passwordHash!: string | null;
  @Column({ name: 'created_at', type: 'bigint', transformer: epochMillis }) createdAt!: number;
  @Column({ name: 'modified_at', type: 'bigint', transformer: epochMillis }) modifiedAt!: number;
}

/** One value of one attribute. */
@Entity({ name: 'um_user_attribute' })
@Index('ix_um_user_attribute_value', ['orgId', 'name', 'valueKey'])
export class SqlUserAttributeEntity {
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 }) userId!: string;
  @PrimaryColumn({ type: 'varchar', length: 100 }) name!: string;
  /** Position among the values of the attribute. */
  @PrimaryColumn({ type: 'int' }) position!: number;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ name: 'attribute_value', type: 'text' }) value!: string;
  /** First 191 characters in lower case, for look-ups by value. */
  @Column({ name: 'value_key', type: 'varchar', length: 191 }) valueKey!: string;
}

/** A group of the SQL store. */
@Entity({ name: 'um_group' })
@Index('ux_um_group_name', ['orgId', 'domain', 'nameKey'], { unique: true })
export class SqlGroupEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ type: 'varchar', length: 64 }) domain!: string;
  @Column({ type: 'varchar', length: 255 }) name!: string;
  @Column({ name: 'name_key', type: 'varchar', length: 255 }) nameKey!: string;
}

/** A user is in a group. */
@Entity({ name: 'um_group_member' })
@Index('ix_um_group_member_user', ['userId'])
export class SqlGroupMemberEntity {
  @PrimaryColumn({ name: 'group_id', type: 'varchar', length: 36 }) groupId!: string;
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 }) userId!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
}
