import { v4 as uuid } from 'uuid';
import type { AuditLog } from '#core/audit';
import { randomToken, sha256Hex } from '#core/crypto';
import type { HttpRequest, Reply } from '#core/http';
import {
  type Actor,
  ActorTokenError,
  type ActorTokens,
  type AuthorizationEndpoint,
  type ClientAuthentication,
  type ClientService,
  type DetachedAnswers,
  type OAuthClient,
  OAuthError,
  type WaitingRequest,
  type WaitingRequests,
} from '#core/oauth';
import type { Database, StateStore } from '#core/persistence';
import type { ChosenChannel, CibaChannels } from './ciba-channels.js';
import { CIBA } from './ciba-grant.js';
import { type CibaParameters, type CibaRequest, subjectOf, wishesOf } from './ciba-request.js';
import type { HintedUser, HintedUsers } from './hinted-users.js';
import type { SignedRequests } from './signed-requests.js';

/** What the endpoints need. */
export interface CibaParts {
  readonly authentication: ClientAuthentication;
  readonly authorization: AuthorizationEndpoint;
  readonly answers: DetachedAnswers;
  readonly waiting: WaitingRequests;
  readonly clients: ClientService;
  readonly actors: ActorTokens;
  readonly signed: SignedRequests;
  readonly hinted: HintedUsers;
  readonly channels: CibaChannels;
  readonly state: StateStore;
  readonly database: Database;
  readonly audit: AuditLog;
  readonly now: () => number;
}

/** Everything that is known of a request that may begin. */
interface Admitted {
  readonly client: OAuthClient;
  readonly request: CibaRequest;
  readonly hinted: HintedUser;
  readonly chosen: ChosenChannel;
  readonly actor: Actor | undefined;
}

const LINK = 'oauth-ciba-link';
/** Seconds that a request waits when the application says nothing. */
const USUAL_EXPIRY = 3600;
const INTERVAL = 2;

/** Client-initiated backchannel authentication, poll mode. */
export class CibaEndpoints {
  constructor(private readonly parts: CibaParts) {}

  /** `/oauth2/ciba` (CIBA Core §7). Throws OAuthError. */
  async begin(http: HttpRequest): Promise<Reply> {
    const admitted = await this.#admit(http);
    const { client, request, chosen, hinted, actor } = admitted;
    const limit = client.settings.cibaAuthenticationRequest.authReqExpiryTime ?? USUAL_EXPIRY;
    const expiresIn = Math.min(request.requestedExpiry ?? limit, limit);
    const createdAt = this.parts.now();
    const waitingRequest: WaitingRequest = {
      clientId: client.entity.clientId,
      scopes: request.scopes,
      state: 'open',
      note: { kind: 'ciba', bindingMessage: request.bindingMessage, actor: actor?.sub },
      answerer: hinted.answerer,
      actor,
      createdAt,
      expiresAt: createdAt + expiresIn * 1000,
      interval: INTERVAL * 1000,
    };
    const { id, url } = await this.#open(admitted, waitingRequest, http);
    const external = chosen.name === 'external' ? { auth_url: url } : {};
    return {
      status: 200,
      headers: { 'Cache-Control': 'no-store', Pragma: 'no-cache' },
      json: { auth_req_id: id, expires_in: expiresIn, interval: INTERVAL, ...external },
    };
  }

  /** `/oauth2/ciba_authorize`: the link that the person opens. It stays good until the request has been answered. */
  async answer(http: HttpRequest): Promise<Reply> {
    const { state, waiting, clients, answers, authorization } = this.parts;
    const orgId = http.organization.id;
    const key = http.query.get('authCodeKey') ?? '';
    const id = key === '' ? undefined : await state.get<string>({ orgId, kind: LINK, id: sha256Hex(key) });
    const request = id === undefined ? undefined : await waiting.findOpen(orgId, 'ciba', id);
    const client = request && (await clients.find(orgId, request.clientId));
    if (
      id === undefined ||
      !request ||
      client?.entity.state !== 'ACTIVE' ||
      !client.application.settings.applicationEnabled
    )
      return answers.page('ciba', undefined, key === '' ? 'ciba.key.missing' : 'ciba.key.invalid', http);
    const { clientId, scopes, note, answerer } = request;
    return authorization.start(
      {
        clientId,
        redirectUri: `${http.baseUrl}/authenticationendpoint/device_success.do`,
        responseType: 'cibaAuthCode',
        responseMode: 'query',
        scopes,
        prompts: [],
        detached: { kind: 'ciba', id, note, answerer },
      },
      client,
      http,
    );
  }

  /** All checks, in the order of the contract. */
  async #admit(http: HttpRequest): Promise<Admitted> {
    const { authentication, signed, channels, hinted } = this.parts;
    const names = [...http.form.keys()];
    if (new Set(names).size !== names.length)
      throw new OAuthError('invalid_request', 'Invalid request with repeated parameters.');
    const client = await authentication.authenticate(http, http.form);
    const jwt = http.form.get('request');
    if (jwt === null && signed.isRequired(client))
      throw new OAuthError('invalid_request', 'The FAPI profile of the application wants a signed request.');
    const parameters: CibaParameters =
      jwt === null ? Object.fromEntries(http.form) : await signed.read(jwt, client, http);
    const subject = subjectOf(parameters, jwt !== null);
    const { grantTypes, publicClient } = client.settings;
    if (!grantTypes.includes(CIBA) || publicClient)
      throw new OAuthError(
        'unauthorized_client',
        'The authenticated client is not authorized to use this authorization grant type',
      );
    const request: CibaRequest = { ...subject, ...wishesOf(parameters) };
    channels.check(client, request.channel);
    const actor = await this.#actor(request, http);
    const user = await hinted.find(request.hint, client, http);
    const chosen = await channels.choose(client, request.channel, user.user);
    await channels.spare(chosen);
    return { client, request, hinted: user, chosen, actor };
  }

  async #actor({ actorToken }: CibaRequest, http: HttpRequest): Promise<Actor | undefined> {
    if (actorToken === undefined) return undefined;
    try {
      return await this.parts.actors.verify(http, actorToken);
    } catch (error) {
      if (!(error instanceof ActorTokenError)) throw error;
      throw new OAuthError('invalid_request', `Invalid actor_token: ${error.message}.`, { cause: error });
    }
  }

  async #open({ client, request, chosen, hinted, actor }: Admitted, waitingRequest: WaitingRequest, http: HttpRequest) {
    const { state, waiting, channels, database, audit } = this.parts;
    const orgId = http.organization.id;
    const [id, key] = [uuid(), randomToken()];
    const { expiresAt } = waitingRequest;
    const url = `${http.baseUrl}/oauth2/ciba_authorize?${new URLSearchParams({ authCodeKey: key })}`;
    const applicationId = client.application.id;
    await database.run(async () => {
      await state.apply([
        ...waiting.opening(orgId, 'ciba', id, waitingRequest),
        { put: { orgId, kind: LINK, id: sha256Hex(key), value: waiting.idOf(id), expiresAt } },
      ]);
      await channels.notify(chosen, { orgId, applicationId, url, bindingMessage: request.bindingMessage, expiresAt });
      await audit.record({
        orgId,
        action: 'begin-ciba-request',
        initiatorId: client.entity.clientId,
        initiatorType: 'Application',
        targetId: hinted.user?.id ?? 'unknown',
        targetType: 'User',
        data: { channel: chosen.name, ...(actor ? { actor: actor.sub } : {}) },
      });
    });
    return { id, url };
  }
}
