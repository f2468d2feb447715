import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMillis } from '#core/persistence';

/** A user of the SQL store. */
@Entity({ name: 'um_user' })
@Index('ux_um_user_name', ['orgId', 'domain', 'usernameKey'], { unique: true })
@Index('ix_um_user_key', ['usernameKey', 'domain'])
@Index('ix_um_user_created', ['orgId', 'domain', 'createdAt', 'id'])
@Index('ix_um_user_modified', ['orgId', 'domain', 'modifiedAt', 'id'])
export class SqlUserEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 }) id!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ type: 'varchar', length: 64 }) domain!: string;
  @Column({ type: 'varchar', length: 255 }) username!: string;
  /** What the name is compared by: composed (NFC), and folded when the store does not mind the case. */
  @Column({ name: 'username_key', type: 'varchar', length: 255 }) usernameKey!: string;
  /** PHC string; null: the user has no password. */
  @Column({ name: 'password_hash', type: 'varchar', length: 512, nullable: true }) passwordHash!: string | null;
  @Column({ name: 'created_at', type: 'bigint', transformer: epochMillis }) createdAt!: number;
  @Column({ name: 'modified_at', type: 'bigint', transformer: epochMillis }) modifiedAt!: number;
}

/** How many users there are between one name and the next mark; see `search/name-marks.ts`. */
@Entity({ name: 'um_user_mark' })
export class SqlUserMarkEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @PrimaryColumn({ type: 'varchar', length: 64 }) domain!: string;
  @PrimaryColumn({ name: 'from_key', type: 'varchar', length: 255 }) fromKey!: string;
  @Column({ type: 'int' }) users!: number;
}

/** One value of one attribute. */
@Entity({ name: 'um_user_attribute' })
@Index('ix_um_user_attribute_value', ['orgId', 'name', 'valueKey', 'userId'])
@Index('ix_um_user_attribute_order', ['orgId', 'name', 'orderKey', 'userId'])
export class SqlUserAttributeEntity {
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 }) userId!: string;
  @PrimaryColumn({ type: 'varchar', length: 100 }) name!: string;
  /** Position among the values of the attribute. */
  @PrimaryColumn({ type: 'int' }) position!: number;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @Column({ name: 'attribute_value', type: 'text' }) value!: string;
  /** The value folded, its first 191 characters. */
  @Column({ name: 'value_key', type: 'varchar', length: 191 }) valueKey!: string;
  /** The whole value folded, when it is longer. */
  @Column({ name: 'value_fold', type: 'text', nullable: true }) valueFold!: string | null;
  /** Numbers and times in their order. */
  @Column({ name: 'order_key', type: 'varchar', length: 64, nullable: true }) orderKey!: string | null;
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
  /** Null for groups older than the column. */
  @Column({ name: 'created_at', type: 'bigint', nullable: true, transformer: epochMillis }) createdAt!: number | null;
  @Column({ name: 'modified_at', type: 'bigint', nullable: true, transformer: epochMillis }) modifiedAt!: number | null;
}

/** A user is in a group. */
@Entity({ name: 'um_group_member' })
@Index('ix_um_group_member_user', ['userId', 'groupId'])
@Index('ix_um_group_member_key', ['groupId', 'memberKey', 'userId'])
export class SqlGroupMemberEntity {
  @PrimaryColumn({ name: 'group_id', type: 'varchar', length: 36 }) groupId!: string;
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 }) userId!: string;
  @Column({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  /** What the name of the user is compared by, so that members are read in their order. */
  @Column({ name: 'member_key', type: 'varchar', length: 255, nullable: true }) memberKey!: string | null;
}
