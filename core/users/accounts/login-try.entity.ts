import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMillis } from '#core/persistence';

/** What a user has got wrong of one factor since it was right last, and tries that are under way. */
@Entity({ name: 'sign_in_try' })
export class LoginTryEntity {
  @PrimaryColumn({ name: 'org_id', type: 'varchar', length: 36 }) orgId!: string;
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 }) userId!: string;
  /** Name of the claim that shows the count: `failedLoginAttempts` for passwords. */
  @PrimaryColumn({ type: 'varchar', length: 64 }) factor!: string;
  @Column({ type: 'int' }) failed!: number;
  /** Tries that are being looked at. */
  @Column({ name: 'under_way', type: 'int' }) underWay!: number;
  /** Tries under way that are older than this were lost with their node. */
  @Column({ name: 'lost_after', type: 'bigint', transformer: epochMillis }) lostAfter!: number;
  /** Locks that came of it. */
  @Column({ type: 'int' }) lockouts!: number;
}
