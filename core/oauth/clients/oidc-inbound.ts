import { inject, injectable } from 'tsyringe';
import type { z } from 'zod';
import type { ApplicationEntity, InboundProtocol, ProtocolKey } from '#core/applications';
import { ApiError } from '#core/http';
import { callbackProblem } from './callback-urls.js';
import { ClientEntity } from './client.entity.js';
import { type ClientService, ClientServiceToken } from './client.service.js';
import type { ClientSettings } from './client-model.js';
import { type ClientOptions, ClientOptionsToken } from './client-options.js';
import { type OidcRequest, oidcAnswer, oidcRequest, settingsOf, shownSettings } from './oidc-inbound-model.js';

/** What fits into a text column of every database. */
const MAX_BYTES = 60_000;

const invalid = (description: string) => new ApiError('OAUTH-60001', 400, 'Invalid request.', description);

/** OAuth and OpenID Connect, as the inbound protocol of applications. */
@injectable()
export class OidcInbound implements InboundProtocol<typeof oidcRequest> {
  readonly id = 'oidc';
  readonly type = 'oauth2';
  readonly displayName = 'OAuth/OpenID Connect';
  readonly errorPrefix = 'OAUTH';
  readonly schema = oidcRequest;
  readonly answer = oidcAnswer;
  readonly key: ProtocolKey = { attribute: 'clientId', entity: ClientEntity, property: 'clientId' };

  constructor(
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(ClientOptionsToken) private readonly options: ClientOptions,
  ) {}

  async read({ orgId, id }: ApplicationEntity): Promise<Record<string, unknown> | undefined> {
    const client = await this.clients.ofApplication(orgId, id);
    return client && this.shown(client, this.clients.readableSecret(client));
  }

  async write(
    application: ApplicationEntity,
    request: OidcRequest,
  ): Promise<{ readonly created: boolean; readonly configuration: Record<string, unknown> }> {
    const settings = settingsOf(request);
    this.#check(settings);
    const existing = await this.clients.ofApplication(application.orgId, application.id);
    const { clientId, clientSecret } = existing ? unchanged(request, existing, this.clients) : chosen(request);
    const { client, created, secret } = await this.clients.write(application, settings, { clientId, clientSecret });
    return { created, configuration: this.shown(client, secret ?? this.clients.readableSecret(client)) };
  }

  remove({ orgId, id }: ApplicationEntity): Promise<boolean> {
    return this.clients.remove(orgId, id);
  }

  /** A client as answers show it. @param secret when it may be shown */
  shown({ clientId, state, settings }: ClientEntity, secret: string | undefined): z.input<typeof oidcAnswer> {
    return { clientId, ...(secret === undefined ? {} : { clientSecret: secret }), state, ...shownSettings(settings) };
  }

  /** What has to be true beyond the shape. Throws ApiError OAUTH-60001. */
  #check(settings: ClientSettings): void {
    this.#checkOptions(settings);
    const { grantTypes, callbackURLs, allowedOrigins, idToken } = settings;
    if (callbackURLs.length === 0 && grantTypes.some((name) => name === 'authorization_code' || name === 'implicit'))
      throw invalid('Callback URI is mandatory for Code or Implicit grant types.');
    for (const callback of callbackURLs) {
      const problem = callbackProblem(callback);
      if (problem !== undefined) throw invalid(`callbackURLs: ${problem}.`);
    }
    const notOrigin = allowedOrigins.find((origin) => !isOrigin(origin));
    if (notOrigin !== undefined)
      throw invalid(`allowedOrigins: ${notOrigin} is not an origin: https://host or http://host.`);
    if (idToken.audience.some((audience) => audience.trim() === '')) throw invalid('idToken.audience: one is empty.');
    if (new Set(idToken.audience).size < idToken.audience.length)
      throw invalid('idToken.audience: one is there twice.');
    if (Buffer.byteLength(JSON.stringify(settings)) > MAX_BYTES)
      throw invalid(`The configuration is larger than ${MAX_BYTES} bytes.`);
  }

  #checkOptions({ grantTypes, publicClient, accessToken, clientAuthentication }: ClientSettings): void {
    const grants = new Map(this.options.grantTypes().map((grant) => [grant.name, grant]));
    for (const name of grantTypes) {
      const grant = grants.get(name);
      if (!grant) throw invalid(`grantTypes: there is no grant type ${name}. Known: ${[...grants.keys()].join(', ')}.`);
      if (publicClient && !grant.publicClientAllowed) throw invalid(`grantTypes: ${name} is not for public clients.`);
    }
    const types = this.options.tokenTypes();
    if (!types.includes(accessToken.type))
      throw invalid(`accessToken.type: there is no type ${accessToken.type}. Known: ${types.join(', ')}.`);
    const { tokenEndpointAuthMethod: method } = clientAuthentication;
    if (method === '') return;
    const methods = this.options.authenticationMethods().map(({ name }) => name);
    const member = 'clientAuthentication.tokenEndpointAuthMethod';
    if (!methods.includes(method)) throw invalid(`${member}: there is no ${method}. Known: ${methods.join(', ')}.`);
    if (publicClient) throw invalid(`${member}: a public client has no method.`);
  }
}

/** Client id and secret that the caller of a creation has chosen, when they are decent. */
function chosen({ clientId, clientSecret, publicClient }: OidcRequest) {
  if (clientSecret !== undefined && publicClient === true) throw invalid('clientSecret: a public client has none.');
  if (clientSecret !== undefined && !/^[\x21-\x7e]{8,200}$/.test(clientSecret))
    throw invalid('clientSecret: it has 8 to 200 printable characters without blanks.');
  return { clientId, clientSecret };
}

/** Refuses to change by the way what has an operation of its own, or cannot change. */
function unchanged({ clientId, clientSecret }: OidcRequest, existing: ClientEntity, clients: ClientService) {
  if (clientId !== undefined && clientId !== existing.clientId) throw invalid('clientId: it cannot be changed.');
  if (clientSecret !== undefined && !clients.verifySecret(existing, clientSecret))
    throw invalid('clientSecret: it is not changed here but by regenerate-secret.');
  return { clientId: undefined, clientSecret: undefined };
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol } = new URL(text);
  return origin === text && (protocol === 'https:' || protocol === 'http:');
}
