import { v4 as uuid } from 'uuid';
import type { AuditLog } from '#core/audit';
import type { SecretBox } from '#core/crypto';
import type { HttpRequest, RateLimits } from '#core/http';
import type {
  ClientService,
  OAuthClient,
  UserCodeReader,
  UserCodeView,
  WaitingRequest,
  WaitingRequests,
} from '#core/oauth';
import { consume, type StateKey, type StateStore } from '#core/persistence';
import type { DeviceCodeConfig } from './config.js';
import { newUserCode, normalizedUserCode } from './user-code.js';

/** What device codes need. */
export interface DeviceCodeParts {
  readonly config: DeviceCodeConfig;
  readonly state: StateStore;
  readonly waiting: WaitingRequests;
  readonly clients: ClientService;
  readonly limits: RateLimits;
  readonly box: SecretBox;
  readonly audit: AuditLog;
  readonly now: () => number;
}

/** A pair of codes for a device. */
export interface IssuedCodes {
  readonly deviceCode: string;
  readonly userCode: string;
}

/** A request that a typed code stands for. */
export interface CodedRequest {
  readonly id: string;
  readonly request: WaitingRequest;
}

const KIND = 'oauth-user-code';
/** How often another user code is tried when one is taken. */
const ATTEMPTS = 5;

/**
 * Codes of devices (RFC 8628 §3.2). A user code is short, so it can be guessed: tries are counted by address, it is good
 * once, and what is stored of it is keyed.
 */
export class DeviceCodes implements UserCodeReader {
  constructor(private readonly parts: DeviceCodeParts) {}

  /** Makes a pair of codes. */
  async issue(client: OAuthClient, scopes: readonly string[], orgId: string): Promise<IssuedCodes> {
    const { config, state, waiting, audit, now } = this.parts;
    const createdAt = now();
    const expiresAt = createdAt + config.expiry_time;
    const deviceCode = uuid();
    const { clientId } = client.entity;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const userCode = newUserCode(config.key_set, config.key_length);
      const times = { createdAt, expiresAt, interval: config.polling_interval };
      const note = { kind: 'device', userCode } as const;
      const request: WaitingRequest = { clientId, scopes, state: 'open', note, ...times };
      const { applied } = await state.apply([
        { claim: { ...this.#key(orgId, userCode), value: waiting.idOf(deviceCode), expiresAt } },
        ...waiting.opening(orgId, 'device', deviceCode, request),
      ]);
      if (!applied) continue;
      await audit.record({
        orgId,
        action: 'issue-device-code',
        initiatorId: clientId,
        initiatorType: 'Application',
        targetId: clientId,
        targetType: 'Application',
      });
      return { deviceCode, userCode };
    }
    throw new Error(`no user code of ${config.key_length} characters is free: make key_length larger`);
  }

  async read(userCode: string, http: HttpRequest): Promise<UserCodeView | undefined> {
    await this.parts.limits.tryFrom(http.ip);
    const found = await this.#guarded(userCode, http, async (key) => this.parts.state.get<string>(key));
    const client = found && (await this.parts.clients.find(http.organization.id, found.request.clientId));
    if (!found || client?.entity.state !== 'ACTIVE' || !client.application.settings.applicationEnabled)
      return undefined;
    const { clientId } = client.entity;
    return { userCode: found.request.note.userCode ?? '', applicationName: client.application.name, clientId };
  }

  /** Uses a typed code up. Undefined when it is not, or no longer, good. Throws TooManyRequestsError. */
  take(userCode: string, http: HttpRequest): Promise<CodedRequest | undefined> {
    return this.#guarded(userCode, http, (key) => consume<string>(this.parts.state, key));
  }

  /** Looks a code up; a wrong one counts against the address that it came from. */
  async #guarded(
    typed: string,
    { ip, organization }: HttpRequest,
    look: (key: StateKey) => Promise<string | undefined>,
  ): Promise<CodedRequest | undefined> {
    const { limits, waiting } = this.parts;
    const guesser = `user-code:${organization.id}:${ip}`;
    await limits.checkAccount(guesser);
    const code = normalizedUserCode(typed);
    const id = code === undefined ? undefined : await look(this.#key(organization.id, code));
    const request = id === undefined ? undefined : await waiting.findOpen(organization.id, 'device', id);
    if (id !== undefined && request) return { id, request };
    await limits.failed(guesser);
    return undefined;
  }

  #key(orgId: string, userCode: string): StateKey {
    const code = normalizedUserCode(userCode) ?? '';
    return { orgId, kind: KIND, id: this.parts.box.mac(KIND, code) };
  }
}
