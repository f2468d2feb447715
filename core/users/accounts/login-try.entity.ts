import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMillis } from '#core/persistence';

/** Wrong passwords of a user since the last right one, and tries that are under way. */
@Entity({ name: 'login_try' })
export class LoginTryEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 }) userId!: string;
  @Column({ type: 'int' }) failed!: number;
  /** Tries whose password is being looked at. */
  @Column({ name: 'under_way', type: 'int' }) underWay!: number;
  /** Tries under way that are older than this were lost with their node. */
  @Column({ name: 'lost_after', type: 'bigint', transformer: epochMillis }) lostAfter!: number;
}
