import { inject, injectable } from 'tsyringe';
import { v7 as timedUuid, v4 as uuid } from 'uuid';
import { type KeySets, KeySetsToken, randomToken, type SecretBox, SecretBoxToken, sha256Hex } from '#core/crypto';
import type { OrganizationContext } from '#core/http';
import { type Clock, ClockToken, type Soon, token, whenThere } from '#core/kernel';
import { type StateChange, type StateStore, StateStoreToken } from '#core/persistence';
import type { OAuthClient } from '../clients/client.service.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { timeOf } from './carried-time.js';
import { type GrantRecord, KINDS, type RefreshTokenRecord } from './records.js';
import { LONGEST_CARRIED_MS, type Revocations, RevocationsToken } from './revocations.js';

/** Injection token of the refresh tokens. */
export const RefreshTokensToken = token<RefreshTokens>('oauth.refresh-tokens');

/** A refresh token that is there; its client, its user and its last second are for the caller to look at. */
export interface FoundRefreshToken {
  /** The hash of the token, or the `jti` of one that carries its record. */
  readonly id: string;
  readonly record: RefreshTokenRecord;
  readonly grant: GrantRecord;
  /** Whether nothing is kept of it: it is a signed JWT. */
  readonly isCarried: boolean;
}

/** A refresh token that was made. */
export interface MadeRefreshToken {
  readonly token: string;
  readonly id: string;
  readonly record: RefreshTokenRecord;
  readonly isCarried: boolean;
  readonly changes: readonly StateChange[];
}

/** For what a refresh token is made. */
export interface RefreshTokenOrder {
  readonly organization: OrganizationContext;
  readonly issuer: string;
  readonly client: OAuthClient;
  readonly subject: string;
  readonly grant: GrantRecord;
  readonly record: RefreshTokenRecord;
  /** The access token that goes with it. */
  readonly accessToken: string;
  /** The value that stays in use instead of a new one. */
  readonly keep: string | undefined;
}

const TYPE = 'rt+jwt';
const GRANT = 'refresh-token-grant';
const ACCESS = 'refreshed-access-token';
/** The longest access token that is sealed into the refresh token: it will stand in a header. */
const LONGEST_IN_HEADER = 4096;
/** Longest refresh token that is looked at. */
const MAX_LENGTH = 16_384;
const seconds = (ms: number) => Math.floor(ms / 1000);

/** Refresh tokens: random values that are known by their hash, or signed JWTs that carry all there is to know. */
@injectable()
export class RefreshTokens {
  constructor(
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(KeySetsToken) private readonly keys: KeySets,
    @inject(SecretBoxToken) private readonly box: SecretBox,
    @inject(RevocationsToken) private readonly revocations: Revocations,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** A refresh token with its grant; undefined when it is unknown, expired, or it or its grant has ended. */
  find(organization: OrganizationContext, value: string): Soon<FoundRefreshToken | undefined> {
    if (value === '' || value.length > MAX_LENGTH) return undefined;
    if (value.split('.').length === 3) return this.#carried(organization, value);
    const [orgId, id] = [organization.id, sha256Hex(value)];
    return whenThere(this.state.get<RefreshTokenRecord>({ orgId, kind: KINDS.refreshToken, id }), (record) => {
      if (!record || record.expiresAt <= this.clock.now()) return undefined;
      const reading = this.state.get<GrantRecord>({ orgId, kind: KINDS.grant, id: record.grantId });
      return whenThere(reading, (grant) => grant && { id, record, grant, isCarried: false });
    });
  }

  /** Makes a refresh token; nothing is stored before its changes are applied. */
  make(order: RefreshTokenOrder): Soon<MadeRefreshToken> {
    const { organization, client, keep, accessToken } = order;
    if (client.settings.accessToken.type === 'JWT' && !this.options.keepsRefreshTokens) return this.#makeCarried(order);
    const prefixed = client.settings.accessToken.type === 'JWT' && !this.options.keepsAccessTokens;
    const value = keep ?? (prefixed ? `npr_${uuid()}` : randomToken());
    const tells = !this.options.hash_tokens_and_secrets && accessToken.length <= LONGEST_IN_HEADER;
    const sealedAccessToken = tells ? this.box.seal(ACCESS, accessToken) : undefined;
    const record: RefreshTokenRecord = Object.assign({}, order.record, { sealedAccessToken });
    const id = sha256Hex(value);
    const { expiresAt } = record;
    const put = { orgId: organization.id, kind: KINDS.refreshToken, id, value: record, expiresAt };
    return { token: value, id, record, isCarried: false, changes: [{ put }] };
  }

  /** The access token that was issued with a refresh token, where it can be told. */
  accessTokenOf({ sealedAccessToken }: RefreshTokenRecord): string | undefined {
    return sealedAccessToken === undefined ? undefined : this.box.open(ACCESS, sealedAccessToken);
  }

  async #makeCarried(order: RefreshTokenOrder): Promise<MadeRefreshToken> {
    const { organization, issuer, subject, grant, keep } = order;
    const expiresAt = Math.min(order.record.expiresAt, order.record.issuedAt + LONGEST_CARRIED_MS);
    const record = { ...order.record, expiresAt };
    const jti = timedUuid({ msecs: record.issuedAt });
    if (keep !== undefined) return { token: keep, id: jti, record, isCarried: true, changes: [] };
    const claims = {
      iss: issuer,
      sub: subject,
      aud: issuer,
      client_id: grant.clientId,
      jti,
      iat: seconds(record.issuedAt),
      nbf: seconds(record.issuedAt),
      exp: seconds(record.expiresAt),
      ...(record.scopes.length > 0 ? { scope: record.scopes.join(' ') } : {}),
      // How the user signed in, what was agreed to: nobody's business but ours.
      grant: this.box.seal(GRANT, JSON.stringify([record.grantId, grant])),
    };
    const { thumbprints } = this.options;
    const value = await this.keys.sign(organization.id, { alg: 'RS256', typ: TYPE }, claims, thumbprints);
    return { token: value, id: jti, record, isCarried: true, changes: [] };
  }

  /** The grant of a token that carries its record and was used up or revoked; undefined for any other. */
  async grantOfUsed(organization: OrganizationContext, value: string): Promise<string | undefined> {
    if (value.length > MAX_LENGTH || value.split('.').length !== 3) return undefined;
    const read = await this.#read(organization, value);
    return read && (await this.revocations.isNoted(organization.id, read.id)) ? read.record.grantId : undefined;
  }

  async #carried(organization: OrganizationContext, value: string): Promise<FoundRefreshToken | undefined> {
    const read = await this.#read(organization, value);
    if (!read) return undefined;
    const { id, record } = read;
    const hasEnded = await this.revocations.hasEnded(organization.id, id, { ...record, partOf: record.grantId });
    return hasEnded ? undefined : read;
  }

  /** What a token says that this server has signed, whether or not it has ended. */
  async #read(organization: OrganizationContext, value: string): Promise<FoundRefreshToken | undefined> {
    try {
      const { payload } = await this.keys.verify(organization.id, value, { typ: TYPE });
      const opened = this.box.open(GRANT, String(payload['grant']));
      if (opened === undefined || payload.jti === undefined) return undefined;
      const [grantId, grant] = JSON.parse(opened) as [string, GrantRecord];
      const { clientId, userId, scopes } = grant;
      const times = { issuedAt: timeOf(payload.jti), expiresAt: (payload.exp as number) * 1000 };
      const record = { clientId, userId, scopes, grantId, ...times, accessTokenId: '' };
      return { id: payload.jti, record, grant, isCarried: true };
    } catch {
      return undefined;
    }
  }
}
