import { inject, injectable } from 'tsyringe';
import { sha256Hex } from '#core/crypto';
import { type Clock, ClockToken, token } from '#core/kernel';
import { type StateChange, type StateKey, type StateStore, StateStoreToken } from '#core/persistence';
import type { Authorization } from '../authorize/responses.js';
import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { grantRefs } from '../tokens/grants.js';
import { type CodeRecord, KINDS } from '../tokens/records.js';
import type { DetachedRequest, WaitingKind, WaitingRequest } from './waiting-request.js';

/** Injection token of the requests of clients that wait. */
export const WaitingRequestsToken = token<WaitingRequests>('oauth.waiting-requests');

/** What a poll comes to. */
export type PollOutcome =
  | { readonly kind: 'unknown' | 'pending' | 'too-fast' | 'expired' | 'refused' | 'used' }
  | {
      readonly kind: 'approved';
      readonly request: WaitingRequest;
      readonly approval: CodeRecord;
      /** Use the approval up; to be applied together with what is issued. */
      readonly changes: readonly StateChange[];
    };

/** How long an ended request is remembered, in milliseconds, so that late polls are told what became of it. */
const REMEMBERED_MS = 86_400_000;
const kinds = {
  device: { request: 'oauth-device', answer: 'oauth-device-answer' },
  ciba: { request: 'oauth-ciba', answer: 'oauth-ciba-answer' },
} as const;

/**
 * Requests whose answer does not go back through the browser: the client polls for it. What the client holds is stored
 * by its hash. Each is answered once, and its approval is used once.
 */
@injectable()
export class WaitingRequests {
  constructor(
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /** Id of the request that a client's secret (device code, `auth_req_id`) stands for. */
  idOf(secret: string): string {
    return sha256Hex(secret);
  }

  /** What begins a request. @param secret what the client will poll with */
  opening(orgId: string, kind: WaitingKind, secret: string, request: WaitingRequest): StateChange[] {
    const id = this.idOf(secret);
    return [
      { put: { ...this.#key(orgId, kind, id), value: request, expiresAt: request.expiresAt + REMEMBERED_MS } },
      { put: { ...this.#answerKey(orgId, kind, id), value: true, expiresAt: request.expiresAt } },
    ];
  }

  /** The request, while it can still be answered. */
  async findOpen(orgId: string, kind: WaitingKind, id: string): Promise<WaitingRequest | undefined> {
    const request = await this.state.get<WaitingRequest>(this.#key(orgId, kind, id));
    return request?.state === 'open' && request.expiresAt > this.clock.now() ? request : undefined;
  }

  /** What approves a request; nothing is stored before it is applied. Throws OAuthError when the request is over. */
  async approval(authorization: Authorization, { kind, id }: DetachedRequest): Promise<StateChange[]> {
    const { http, grant, grantId } = authorization;
    const orgId = http.organization.id;
    const request = await this.findOpen(orgId, kind, id);
    if (!request) throw new OAuthError('invalid_request', 'The request has expired or has been answered before.');
    const approval: CodeRecord = { grantId, grant, redirectUri: '' };
    const { expiresAt } = request;
    return [
      { consume: this.#answerKey(orgId, kind, id) },
      {
        put: {
          ...this.#key(orgId, kind, id),
          value: { ...request, state: 'approved' },
          expiresAt: this.#until(request),
        },
      },
      { put: { ...this.#approvalKey(orgId, kind, id), value: approval, expiresAt, refs: grantRefs(grant) } },
    ];
  }

  /** Notes that nothing comes of a request; false when it has been answered before. */
  async refuse(orgId: string, kind: WaitingKind, id: string): Promise<boolean> {
    const request = await this.findOpen(orgId, kind, id);
    if (!request) return false;
    const value: WaitingRequest = { ...request, state: 'refused' };
    const { applied } = await this.state.apply([
      { consume: this.#answerKey(orgId, kind, id) },
      { put: { ...this.#key(orgId, kind, id), value, expiresAt: this.#until(request) } },
    ]);
    return applied;
  }

  /**
   * Takes a poll. Only polls of a request that is still open are counted.
   *
   * @param growth by how much a poll that comes too early lengthens the interval, in milliseconds
   */
  async poll(orgId: string, kind: WaitingKind, secret: string, client: OAuthClient, growth = 0): Promise<PollOutcome> {
    const id = this.idOf(secret);
    const request = await this.state.get<WaitingRequest>(this.#key(orgId, kind, id));
    const { clientId, tokensValidFrom } = client.entity;
    if (!request || request.clientId !== clientId || request.createdAt < tokensValidFrom) return { kind: 'unknown' };
    if (request.state === 'used') return { kind: 'used' };
    if (request.expiresAt <= this.clock.now()) return { kind: 'expired' };
    if (request.state === 'refused') return { kind: 'refused' };
    if (request.state === 'open') return this.#count(orgId, kind, id, growth);
    const key = this.#approvalKey(orgId, kind, id);
    const approval = await this.state.get<CodeRecord>(key);
    // What the user had granted can have been taken back meanwhile, by a new password for instance.
    if (!approval) return { kind: 'refused' };
    const used: WaitingRequest = { ...request, state: 'used' };
    const put = { ...this.#key(orgId, kind, id), value: used, expiresAt: this.#until(request) };
    return { kind: 'approved', request, approval, changes: [{ consume: key }, { put }] };
  }

  async #count(orgId: string, kind: WaitingKind, id: string, growth: number): Promise<PollOutcome> {
    const now = this.clock.now();
    let tooFast = false;
    await this.state.update<WaitingRequest>(this.#key(orgId, kind, id), (request) => {
      if (request.state !== 'open') return undefined;
      tooFast = request.polledAt !== undefined && now - request.polledAt < request.interval;
      const interval = request.interval + (tooFast ? growth : 0);
      return { value: { ...request, polledAt: now, interval }, expiresAt: this.#until(request) };
    });
    return { kind: tooFast ? 'too-fast' : 'pending' };
  }

  #until({ expiresAt }: WaitingRequest): number {
    return expiresAt + REMEMBERED_MS;
  }

  #key(orgId: string, kind: WaitingKind, id: string): StateKey {
    return { orgId, kind: kinds[kind].request, id };
  }

  /** There as long as the request can be answered. */
  #answerKey(orgId: string, kind: WaitingKind, id: string): StateKey {
    return { orgId, kind: kinds[kind].answer, id };
  }

  /** A code like others, so that it ends with its user and session; but no client can name it as one. */
  #approvalKey(orgId: string, kind: WaitingKind, id: string): StateKey {
    return { orgId, kind: KINDS.code, id: `${kind}:${id}` };
  }
}
