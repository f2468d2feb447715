import { inject, injectable } from 'tsyringe';
import type { z } from 'zod';
import type { ApplicationEntity, InboundProtocol, ProtocolKey } from '#core/applications';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { ClientEntity } from './client.entity.js';
import { type ClientService, ClientServiceToken } from './client.service.js';
import { type ClientOptions, ClientOptionsToken } from './client-options.js';
import { type ClientSecrets, ClientSecretsToken } from './client-secrets.js';
import { type OidcRequest, oidcAnswer, oidcRequest, settingsOf, shownSettings } from './oidc-inbound-model.js';
import { checkConfiguration, invalidConfiguration } from './oidc-inbound-rules.js';
import { type SectorIdentifiers, SectorIdentifiersToken } from './sector-identifiers.js';

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
    @inject(ClientOptionsToken) private readonly known: ClientOptions,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
    @inject(SectorIdentifiersToken) private readonly sectors: SectorIdentifiers,
    @inject(ClientSecretsToken) private readonly secrets: ClientSecrets,
  ) {}

  async read({ orgId, id }: ApplicationEntity): Promise<Record<string, unknown> | undefined> {
    const client = await this.clients.ofApplication(orgId, id);
    return client && this.shown(client, this.clients.readableSecret(client));
  }

  async check({ subject, callbackURLs = [] }: OidcRequest): Promise<void> {
    const type = subject?.subjectType ?? this.options.clientDefaults.subjectType;
    const address = subject?.sectorIdentifierUri ?? '';
    if (type !== 'pairwise' || !URL.canParse(address)) return;
    const problem = await this.sectors.problem(address, callbackURLs);
    if (problem !== undefined) throw invalidConfiguration(`subject.sectorIdentifierUri: ${problem}.`);
  }

  async write(
    application: ApplicationEntity,
    request: OidcRequest,
  ): Promise<{ readonly created: boolean; readonly configuration: Record<string, unknown> }> {
    const existing = await this.clients.ofApplication(application.orgId, application.id);
    const settings = settingsOf(request, existing?.settings);
    checkConfiguration(settings, this.known, this.options);
    if (existing) this.#checkUnchanged(request, existing);
    const given = existing ? {} : this.#chosen(request);
    const { client, created, secret } = await this.clients.write(application, settings, given);
    return { created, configuration: this.shown(client, secret ?? this.clients.readableSecret(client)) };
  }

  remove({ orgId, id }: ApplicationEntity): Promise<boolean> {
    return this.clients.remove(orgId, id);
  }

  /** A client as answers show it. @param secret when it may be shown */
  shown(client: ClientEntity, secret: string | undefined): z.input<typeof oidcAnswer> {
    const { clientId, state } = client;
    return {
      clientId,
      ...(secret === undefined ? {} : { clientSecret: secret }),
      clientSecretExpiresAt: this.secrets.expiry(client),
      multipleClientSecretsConfigured: this.secrets.of(client).length > 1,
      state,
      ...shownSettings(this.clients.effective(client)),
    };
  }

  /** What the caller of a creation has chosen, when it is decent. */
  #chosen({ clientId, clientSecret, clientSecretExpiresAt: expiresAt = 0, publicClient }: OidcRequest) {
    if (clientSecret !== undefined && publicClient === true)
      throw invalidConfiguration('clientSecret: a public client has none.');
    if (clientSecret !== undefined && !/^[\x21-\x7e]{8,200}$/.test(clientSecret))
      throw invalidConfiguration('clientSecret: it has 8 to 200 printable characters without blanks.');
    if (expiresAt !== 0 && publicClient === true)
      throw invalidConfiguration('clientSecretExpiresAt: a public client has no secret.');
    this.secrets.checkExpiry('clientSecretExpiresAt', expiresAt);
    return { clientId, clientSecret, expiresAt };
  }

  /** Refuses to change by the way what has an operation of its own, or cannot change. */
  #checkUnchanged({ clientId, clientSecret, clientSecretExpiresAt }: OidcRequest, existing: ClientEntity): void {
    if (clientId !== undefined && clientId !== existing.clientId)
      throw invalidConfiguration('clientId: it cannot be changed.');
    if (clientSecret !== undefined && !this.clients.verifySecret(existing, clientSecret))
      throw invalidConfiguration('clientSecret: it is not changed here but by regenerate-secret, or by secrets.');
    if (clientSecretExpiresAt !== undefined && clientSecretExpiresAt !== this.secrets.expiry(existing))
      throw invalidConfiguration('clientSecretExpiresAt: it is not changed here; create another secret by secrets.');
  }
}
