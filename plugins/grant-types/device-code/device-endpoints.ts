import type { AuditLog } from '#core/audit';
import { type HttpRequest, type Reply, redirect } from '#core/http';
import {
  type AuthorizationEndpoint,
  type AuthorizeRequest,
  type ClientAuthentication,
  type ClientService,
  type OAuthClient,
  OAuthError,
  splitScopes,
} from '#core/oauth';
import type { DeviceCodeConfig } from './config.js';
import { DEVICE_CODE } from './device-code-grant.js';
import type { DeviceCodes } from './device-codes.js';

/** Page on which a person types the code of a device. */
const DEVICE_PAGE = '/authenticationendpoint/device.do';
/** Longest `scope` that is kept. */
const MAX_SCOPE = 4000;

/** What the endpoints need. */
export interface DeviceEndpointParts {
  readonly config: DeviceCodeConfig;
  readonly codes: DeviceCodes;
  readonly authentication: ClientAuthentication;
  readonly clients: ClientService;
  readonly authorization: AuthorizationEndpoint;
  readonly audit: AuditLog;
}

/** The endpoints of the device authorization grant (RFC 8628 §3.1, §3.3). */
export class DeviceEndpoints {
  constructor(private readonly parts: DeviceEndpointParts) {}

  /** `/oauth2/device_authorize`: gives a device its codes. Throws OAuthError. */
  async authorize(http: HttpRequest): Promise<Reply> {
    const { config, codes } = this.parts;
    const client = await this.#client(http);
    const { grantTypes, publicClient } = client.settings;
    if (!grantTypes.includes(DEVICE_CODE) || (publicClient && !config.allow_public_client))
      throw new OAuthError(
        'unauthorized_client',
        'The authenticated client is not authorized to use this authorization grant type',
      );
    const scope = http.form.get('scope') ?? '';
    if (scope.length > MAX_SCOPE) throw new OAuthError('invalid_scope', `The scope is longer than ${MAX_SCOPE}.`);
    const { deviceCode, userCode } = await codes.issue(client, splitScopes(scope), http.organization.id);
    const page = http.baseUrl + DEVICE_PAGE;
    return {
      status: 200,
      headers: { 'Cache-Control': 'no-store', Pragma: 'no-cache' },
      json: {
        device_code: deviceCode,
        user_code: userCode,
        verification_uri: page,
        verification_uri_complete: `${page}?${new URLSearchParams({ user_code: userCode })}`,
        expires_in: Math.floor(config.expiry_time / 1000),
        interval: Math.floor(config.polling_interval / 1000),
      },
    };
  }

  /** `/oauth2/device`: takes the code that a person has typed, and goes on to the sign-in. */
  async verify(http: HttpRequest): Promise<Reply> {
    const { codes, clients, authorization, audit } = this.parts;
    if (isOfAnotherSite(http)) return this.#shown(http);
    const orgId = http.organization.id;
    const found = await codes.take(http.form.get('user_code') ?? '', http);
    const client = found && (await clients.find(orgId, found.request.clientId));
    if (!found || client?.entity.state !== 'ACTIVE' || !client.application.settings.applicationEnabled) {
      await audit.record({ orgId, action: 'refuse-user-code', targetId: 'unknown', targetType: 'UserCode' });
      return invalidCode(http);
    }
    const { clientId, scopes, note } = found.request;
    const uiLocales = http.form.get('ui_locales')?.slice(0, 100);
    const request: AuthorizeRequest = {
      clientId,
      redirectUri: `${http.baseUrl}/authenticationendpoint/device_success.do`,
      responseType: 'device',
      responseMode: 'query',
      scopes,
      prompts: [],
      uiLocales,
      detached: { kind: 'device', id: found.id, note },
    };
    return authorization.start(request, client, http);
  }

  /** The page with a code that another site has sent: a person has to see it before it counts (RFC 8628 §5.4). */
  #shown(http: HttpRequest): Reply {
    const user_code = (http.form.get('user_code') ?? '').slice(0, 64);
    return redirect(`${http.baseUrl}${DEVICE_PAGE}?${new URLSearchParams({ user_code })}`);
  }

  /** The contract has `invalid_request` for a client that shows nothing of its own, with the status of a failed authentication. */
  async #client(http: HttpRequest): Promise<OAuthClient> {
    const names = [...http.form.keys()];
    if (new Set(names).size !== names.length)
      throw new OAuthError('invalid_request', 'Invalid request with repeated parameters.');
    try {
      return await this.parts.authentication.authenticate(http, http.form);
    } catch (error) {
      const shows =
        http.headers.authorization !== undefined || http.form.has('client_secret') || http.form.has('client_assertion');
      if (shows || !(error instanceof OAuthError) || error.code !== 'invalid_client') throw error;
      const text = http.form.has('client_id') ? 'Client credentials are invalid.' : error.message;
      throw new OAuthError('invalid_request', text, { status: 401, cause: error });
    }
  }
}

/** Whether a browser says that a page of another site has sent it. */
function isOfAnotherSite({ headers, origin: own }: HttpRequest): boolean {
  const { origin, 'sec-fetch-site': site } = headers;
  return origin === undefined ? site === 'cross-site' || site === 'same-site' : origin !== own;
}

function invalidCode(http: HttpRequest): Reply {
  const uiLocales = http.form.get('ui_locales');
  const query = new URLSearchParams({ error: 'invalid.code', ...(uiLocales ? { ui_locales: uiLocales } : {}) });
  return redirect(`${http.baseUrl}${DEVICE_PAGE}?${query}`);
}
