import { inject, injectable } from 'tsyringe';
import { type Clock, ClockToken, token } from '#core/kernel';
import { type StateChange, type StateStore, StateStoreToken } from '#core/persistence';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { KINDS } from './records.js';

/** Injection token of the revocations. */
export const RevocationsToken = token<Revocations>('oauth.revocations');

/** Longest life of a token that is not kept, in milliseconds: what is noted of the end of a user is noted as long. */
export const LONGEST_CARRIED_MS = 366 * 86_400_000;

/** The end of what a user was issued. */
interface SubjectEnd {
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** A grant that goes on. What had ended of it before is noted of the grant itself. */
  readonly kept?: string;
}

/** Of a token that is not kept: what its end can be known by. */
interface Carried {
  /** The grant that it came from. */
  readonly partOf?: string | undefined;
  readonly userId?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
}

/**
 * Ends of tokens that carry their own record and so cannot be taken away: either the token is noted, or its grant, or
 * that everything issued to a user up to now has ended. What ends with the client stands in the client.
 */
@injectable()
export class Revocations {
  constructor(
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** Notes the end of one token, of that id; nothing where the operator does not want it noted. */
  ending(orgId: string, id: string, expiresAt: number): StateChange[] {
    if (!this.options.token_persistence.retain_revoked_token) return [];
    return [{ put: { orgId, kind: KINDS.revokedToken, id, value: true, expiresAt } }];
  }

  /** Uses a token up that is good once: of two batches with it only one is applied. */
  usingUp(orgId: string, id: string, expiresAt: number): StateChange {
    return { claim: { orgId, kind: KINDS.revokedToken, id, value: true, expiresAt } };
  }

  /** Ends whatever was issued to a user until now. @param kept id of a grant whose tokens stay */
  async endSubject(orgId: string, userId: string, kept?: string): Promise<void> {
    if (this.options.keepsAccessTokens) return;
    const until = this.clock.now();
    const entry = { orgId, kind: KINDS.revokedSubject, id: userId.slice(0, 128) };
    const value: SubjectEnd = { until, ...(kept === undefined ? {} : { kept }) };
    await this.state.apply([{ put: { ...entry, value, expiresAt: until + LONGEST_CARRIED_MS } }]);
  }

  /** Ends whatever a grant has given, also what it gives to a request that is under way. */
  async endGrant(orgId: string, grantId: string): Promise<void> {
    if (this.options.keepsAccessTokens) return;
    const expiresAt = this.clock.now() + LONGEST_CARRIED_MS;
    await this.state.apply([{ put: { orgId, kind: KINDS.revokedGrant, id: grantId, value: true, expiresAt } }]);
  }

  /** Whether a token was used up, or ended by itself. */
  async isNoted(orgId: string, id: string): Promise<boolean> {
    return (await this.state.get({ orgId, kind: KINDS.revokedToken, id })) !== undefined;
  }

  /** Whether a token has ended before its time. One read for tokens of applications, three for those of users. */
  async hasEnded(orgId: string, id: string, { userId, issuedAt, partOf }: Carried): Promise<boolean> {
    if (await this.isNoted(orgId, id)) return true;
    if (partOf !== undefined && (await this.state.get({ orgId, kind: KINDS.revokedGrant, id: partOf })) !== undefined)
      return true;
    if (userId === undefined) return false;
    const noted = { orgId, kind: KINDS.revokedSubject, id: userId.slice(0, 128) };
    const end = await this.state.get<SubjectEnd | number>(noted);
    if (end === undefined) return false;
    // Earlier versions noted the time alone.
    if (typeof end === 'number') return issuedAt <= end;
    return issuedAt <= end.until && (end.kept === undefined || end.kept !== partOf);
  }
}
