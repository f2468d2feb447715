import { sha256Hex } from '#core/crypto';
import type { OrganizationContext } from '#core/http';
import { type Clock, type Soon, whenThere } from '#core/kernel';
import {
  type FoundRefreshToken,
  type GrantRecord,
  type Grants,
  KINDS,
  type OAuthClient,
  OAuthError,
  type RefreshTokenRecord,
  type RefreshTokens,
  type Revocations,
  type UsedRecord,
} from '#core/oauth';
import type { StateChange, StateStore } from '#core/persistence';

/** A refresh token that may be used, and what its use comes to. */
export interface RefreshUse {
  readonly found: FoundRefreshToken;
  /** The refresh token that came with the last answer, when this one had been used before. */
  readonly lastPair?: { readonly refreshId: string; readonly accessTokenId: string; readonly used: UsedRecord };
}

/** How refresh tokens follow each other. One that comes back was stolen by someone: its grant ends (RFC 9700 §4.14). */
export class Rotation {
  constructor(
    private readonly state: StateStore,
    private readonly tokens: RefreshTokens,
    private readonly grants: Grants,
    private readonly revocations: Revocations,
    private readonly clock: Clock,
  ) {}

  /**
   * What a refresh token that is not good any more still allows: within its period of grace, that of an answer that got
   * lost. Otherwise its grant ends.
   *
   * @throws OAuthError `invalid_grant`
   */
  async again(organization: OrganizationContext, value: string): Promise<RefreshUse> {
    const [orgId, id] = [organization.id, sha256Hex(value)];
    const used = await this.state.get<UsedRecord>({ orgId, kind: KINDS.usedRefreshToken, id });
    if (!used) {
      const grantId = await this.tokens.grantOfUsed(organization, value);
      if (grantId !== undefined) await this.grants.revoke(orgId, grantId, 'refresh-token-replay');
      throw invalidRefreshToken();
    }
    const grant = await this.state.get<GrantRecord>({ orgId, kind: KINDS.grant, id: used.grantId });
    const { grace } = used;
    const latest = grant?.latest;
    const isLast = latest?.refreshId !== undefined && latest.replaces === id;
    if (grant && grace && isLast && grace.usesLeft > 0 && grace.until > this.clock.now()) {
      const found = { id, record: grace.record, grant, isCarried: false };
      return { found, lastPair: { refreshId: latest.refreshId, accessTokenId: latest.accessTokenId, used } };
    }
    await this.grants.revoke(orgId, used.grantId, 'refresh-token-replay');
    if (!(grant && grace && isLast)) throw invalidRefreshToken();
    throw new OAuthError(
      'invalid_grant',
      grace.usesLeft > 0
        ? 'The refresh token has been used before and its grace period has expired.'
        : 'The refresh token has been used as often as its graceful reuse limit allows.',
    );
  }

  /** Changes to apply with the tokens that a use gives. @param renew whether a new refresh token takes the place of this one */
  async changes(orgId: string, { found, lastPair }: RefreshUse, client: OAuthClient, renew: boolean) {
    const { id, record, isCarried } = found;
    // What is not kept cannot be taken away; it is used up by noting it.
    if (isCarried) return renew ? [this.revocations.usingUp(orgId, id, record.expiresAt)] : [];
    // What ends the grant while this request is under way must not be undone by it.
    const alive: StateChange = { require: { orgId, kind: KINDS.grant, id: record.grantId } };
    if (lastPair) return [alive, ...this.#replacing(orgId, id, record, lastPair)];
    const ending = this.#endOfAccessToken(orgId, record);
    const oldAccess = ending instanceof Promise ? await ending : ending;
    if (!renew) return [alive, ...oldAccess];
    const consumed: StateChange = { consume: { orgId, kind: KINDS.refreshToken, id } };
    return [alive, consumed, ...oldAccess, this.#used(orgId, id, record, this.#grace(client, record))];
  }

  /** The access token that ends with a use, where it can be told. */
  deactivated(orgId: string, { found, lastPair }: RefreshUse): Soon<string | undefined> {
    const reading = lastPair
      ? this.state.get<RefreshTokenRecord>({ orgId, kind: KINDS.refreshToken, id: lastPair.refreshId })
      : found.record;
    return whenThere(reading, (record) => record && this.tokens.accessTokenOf(record));
  }

  /** The pair that was issued last gives way to another. */
  #replacing(
    orgId: string,
    id: string,
    record: RefreshTokenRecord,
    { refreshId, accessTokenId, used }: NonNullable<RefreshUse['lastPair']>,
  ): StateChange[] {
    const { grace } = used;
    return [
      { consume: { orgId, kind: KINDS.usedRefreshToken, id } },
      { consume: { orgId, kind: KINDS.refreshToken, id: refreshId } },
      { remove: { orgId, kind: KINDS.accessToken, id: accessTokenId } },
      this.#used(orgId, id, record, grace && { ...grace, usesLeft: grace.usesLeft - 1 }),
    ];
  }

  #used(orgId: string, id: string, record: RefreshTokenRecord, grace: UsedRecord['grace']): StateChange {
    const value: UsedRecord = { grantId: record.grantId, ...(grace ? { grace } : {}) };
    return { put: { orgId, kind: KINDS.usedRefreshToken, id, value, expiresAt: record.expiresAt } };
  }

  #grace({ settings }: OAuthClient, { sealedAccessToken: _, ...record }: RefreshTokenRecord): UsedRecord['grace'] {
    const {
      gracefulRefreshTokenRotationEnabled: isGraceful,
      gracefulRefreshTokenRotationValidityPeriod: seconds,
      gracefulRefreshTokenReuseLimit: usesLeft,
    } = settings.refreshToken;
    return isGraceful ? { until: this.clock.now() + seconds * 1000, usesLeft, record } : undefined;
  }

  /** The old access token ends, unless that of another grant has already taken its place. */
  #endOfAccessToken(orgId: string, record: RefreshTokenRecord): Soon<StateChange[]> {
    const key = { orgId, kind: KINDS.accessToken, id: record.accessTokenId };
    if (!record.sharesAccessTokenId) return [{ remove: key }];
    return whenThere(this.state.get<{ readonly grantId?: string }>(key), (there) =>
      there?.grantId === record.grantId ? [{ remove: key }] : [],
    );
  }
}

/** What a refresh token that is not good gets for an answer, whatever the reason. */
export const invalidRefreshToken = () => new OAuthError('invalid_grant', 'Persisted access token data not found');
