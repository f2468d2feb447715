import { inject, injectable } from 'tsyringe';
import { type ApplicationService, ApplicationServiceToken, inboundProtocolRoutes } from '#core/applications';
import { type RouteDeclaration, type RouteTable, route } from '#core/http';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { AddressedClients } from './addressed-clients.js';
import { type ClientService, ClientServiceToken } from './client.service.js';
import { clientSettings, effectiveSettings } from './client-model.js';
import { type ClientOptions, ClientOptionsToken } from './client-options.js';
import { clientSecretRoutes } from './client-secret.routes.js';
import { type ClientSecrets, ClientSecretsToken } from './client-secrets.js';
import { OidcInbound } from './oidc-inbound.js';
import { oidcAnswer } from './oidc-inbound-model.js';
import { oidcMetadata, oidcMetadataAnswer } from './oidc-metadata.js';

const path = '/:applicationId/inbound-protocols/oidc';

/** OAuth and OpenID Connect in the application management API. */
@injectable()
export class OidcInboundRoutes {
  constructor(
    @inject(ApplicationServiceToken) private readonly applications: ApplicationService,
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(ClientOptionsToken) private readonly options: ClientOptions,
    @inject(OAuthOptionsToken) private readonly oauth: OAuthOptions,
    @inject(OidcInbound) private readonly protocol: OidcInbound,
    @inject(AddressedClients) private readonly addressed: AddressedClients,
    @inject(ClientSecretsToken) private readonly secrets: ClientSecrets,
  ) {}

  /** All of its routes. */
  table(): RouteTable {
    const common = inboundProtocolRoutes(this.protocol, this.applications, {
      get: 'getInboundOAuthConfiguration',
      put: 'updateInboundOAuthConfiguration',
      delete: 'deleteInboundOAuthConfiguration',
      title: 'OAuth / OpenID Connect',
    });
    const secrets = clientSecretRoutes(path, {
      addressed: this.addressed,
      clients: this.clients,
      secrets: this.secrets,
    });
    return { ...common, routes: [...common.routes, this.#regenerate(), ...secrets, this.#revoke(), this.#metadata()] };
  }

  #regenerate(): RouteDeclaration {
    return route({
      operationId: 'regenerateOAuthClientSecret',
      method: 'post',
      path: `${path}/regenerate-secret`,
      access: { scopes: ['internal_application_mgt_client_secret_create'] },
      cors: true,
      summary: 'New client secret, shown only now; all secrets and tokens of before are not good any more',
      response: oidcAnswer,
      status: 200,
      handle: ({ request }) =>
        this.addressed.changing(request, async (client) => {
          const secret = await this.clients.regenerateSecret(client);
          const changed = await this.clients.ofApplication(client.orgId, client.appId);
          return this.protocol.shown(changed ?? client, secret);
        }),
    });
  }

  #revoke(): RouteDeclaration {
    return route({
      operationId: 'revokeOAuthClient',
      method: 'post',
      path: `${path}/revoke`,
      access: { scopes: ['internal_application_mgt_create'] },
      cors: true,
      summary: 'Switch the client off until it gets a new secret; its tokens are not good any more',
      status: 200,
      handle: async ({ request }) => {
        await this.addressed.changing(request, (client) => this.clients.revoke(client));
      },
    });
  }

  #metadata(): RouteDeclaration {
    return route({
      operationId: 'getOIDCMetadata',
      method: 'get',
      path: '/meta/inbound-protocols/oidc',
      access: { scopes: ['internal_application_mgt_view'] },
      cors: true,
      summary: 'What an OAuth / OpenID Connect configuration can be set to',
      response: oidcMetadataAnswer,
      status: 200,
      handle: () =>
        oidcMetadata(this.options, effectiveSettings(clientSettings.parse({}), this.oauth.clientDefaults), this.oauth),
    });
  }
}
