import { inject, injectable } from 'tsyringe';
import { consoleIdOf, ScopeSourcesChanged } from '#core/access';
import { type ApplicationEntity, type ApplicationService, ApplicationServiceToken } from '#core/applications';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { randomName } from '#core/crypto';
import { ApiError } from '#core/http';
import { type Clock, ClockToken, type EventBus, EventBusToken, type Soon, token, whenThere } from '#core/kernel';
import {
  type ConfigurationCache,
  type ConfigurationCaches,
  ConfigurationCachesToken,
  type Database,
  DatabaseToken,
  isDuplicate,
} from '#core/persistence';
import { FAPI_SETTING, type OrganizationFapi } from '../fapi/organization-fapi.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import {
  type OrganizationOAuthSettings,
  OrganizationOAuthSettingsToken,
} from '../organization-settings/organization-oauth-settings.js';
import { ClientEntity } from './client.entity.js';
import { type ClientSettings, clientSettings, effectiveSettings, type StoredClientSettings } from './client-model.js';
import { type ClientSecrets, ClientSecretsToken, type MadeSecret, NAME_LENGTH } from './client-secrets.js';
import { CONSOLE_CLIENT, consoleClientSettings } from './console-client.js';

/** Injection token of the clients. */
export const ClientServiceToken = token<ClientService>('oauth.clients');

/** What a client id can be at all: it is a part of URLs, forms and headers. */
const clientIdPattern = /^[\x21-\x7e]{1,64}$/;

/** What the caller of a creation may choose. */
interface ChosenAtCreation {
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** When the secret expires, in seconds since the epoch; 0 or undefined: never. */
  readonly expiresAt?: number | undefined;
}

/** A client together with the application that it is a side of. */
export interface OAuthClient {
  readonly entity: ClientEntity;
  readonly application: ApplicationEntity;
  /** With the defaults of this server filled in. */
  readonly settings: ClientSettings;
  /** What its organization says of the Financial-grade API. */
  readonly fapi?: OrganizationFapi;
}

/** Clients: looked up by every protocol request, so cached. */
@injectable()
export class ClientService {
  readonly #cache: ConfigurationCache<ClientEntity>;
  readonly #origins: ConfigurationCache<Set<string>>;
  readonly #effective = new WeakMap<ClientEntity, ClientSettings>();
  readonly #idPattern: RegExp;

  constructor(
    @inject(ApplicationServiceToken) private readonly applications: ApplicationService,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
    @inject(ClientSecretsToken) private readonly secrets: ClientSecrets,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
    @inject(OrganizationOAuthSettingsToken) private readonly organizationSettings: OrganizationOAuthSettings,
    @inject(EventBusToken) private readonly events: EventBus,
  ) {
    this.#cache = caches.create('oauth-client', 5000);
    this.#origins = caches.create('oauth-client-origins', 1000);
    this.#idPattern = new RegExp(`^(?:${options.client_id_validation_regex})$`);
  }

  /** A client of the organization by client id. */
  find(orgId: string, clientId: string): Soon<OAuthClient | undefined> {
    // What cannot be a client id is not looked up: no database has to cope with it.
    if (!clientIdPattern.test(clientId)) return undefined;
    const load = async () => (await this.database.manager.findOneBy(ClientEntity, { orgId, clientId })) ?? undefined;
    return whenThere(this.#cache.get(`${orgId}:id:${clientId}`, load), (entity) =>
      // A database may compare without regard to case; a client id does not.
      entity?.clientId === clientId ? this.#whole(entity) : undefined,
    );
  }

  /** The client side of an application. */
  async ofApplication(orgId: string, appId: string): Promise<ClientEntity | undefined> {
    const load = async () => (await this.database.manager.findOneBy(ClientEntity, { orgId, appId })) ?? undefined;
    return this.#cache.get(`${orgId}:app:${appId}`, load);
  }

  /** The client sides of applications; those that have none are left out. */
  async ofApplications(orgId: string, appIds: readonly string[]): Promise<OAuthClient[]> {
    const whole = async (appId: string) => {
      const entity = await this.ofApplication(orgId, appId);
      return entity && this.#whole(entity);
    };
    return (await Promise.all(appIds.map(whole))).filter((client) => client !== undefined);
  }

  /** Whether a secret is one of the client's that have not expired. */
  verifySecret(client: ClientEntity, secret: string): boolean {
    return this.secrets.verify(client, secret);
  }

  /** The latest secret, when it is kept readable (`oauth.hash_client_secret = false`). */
  readableSecret(client: ClientEntity): string | undefined {
    const latest = this.secrets.latest(client);
    return latest && this.secrets.readable(latest);
  }

  /** The secrets that have not expired, as far as they are kept readable; the newest first. */
  readableSecrets(client: ClientEntity): string[] {
    return this.secrets.readableOnes(client);
  }

  /**
   * Makes or changes the client side of an application, in the unit of work in progress.
   *
   * @param given what the caller has chosen, at creation
   * @returns the secret, only when this call has made one
   * @throws ApiError OAUTH-60008 when the client id is taken
   */
  async write(
    application: ApplicationEntity,
    settings: StoredClientSettings,
    given: ChosenAtCreation = {},
  ): Promise<{ readonly client: ClientEntity; readonly created: boolean; readonly secret: string | undefined }> {
    const { orgId, id: appId } = application;
    return this.database.run(async () => {
      const existing = await this.database.manager.findOneBy(ClientEntity, { orgId, appId });
      const stored = clientSettings.parse(settings);
      if (existing) {
        const { clientSecrets: before, state } = existing;
        const needsSecret = !stored.publicClient && before.length === 0 && state === 'ACTIVE';
        const made = needsSecret ? this.secrets.make() : undefined;
        const clientSecrets = made ? [made.stored] : before;
        const client = await this.#change(existing, { settings: stored, clientSecrets }, 'update-oauth-application');
        await this.#noteValidators(existing, stored);
        return { client, created: false, secret: made?.plain };
      }
      const clientId = given.clientId ?? randomName(NAME_LENGTH);
      if (!(clientIdPattern.test(clientId) && this.#idPattern.test(clientId))) {
        throw new ApiError(
          'OAUTH-60001',
          400,
          'Invalid request.',
          `The client id does not match ${this.options.client_id_validation_regex}.`,
        );
      }
      if (await this.database.manager.findOneBy(ClientEntity, { orgId, clientId })) throw taken(clientId);
      const made = stored.publicClient ? undefined : this.secrets.make(given.clientSecret, given.expiresAt);
      const client = Object.assign(new ClientEntity(), {
        appId,
        orgId,
        clientId,
        clientSecrets: made ? [made.stored] : [],
        state: 'ACTIVE',
        settings: stored,
        // Tokens of a client that had the same id before are not this one's.
        tokensValidFrom: this.clock.now(),
      });
      await this.#insert(client);
      return { client, created: true, secret: made?.plain };
    });
  }

  /** With another validator, what is in tokens may need a role from now on. */
  async #noteValidators({ orgId, settings }: ClientEntity, { scopeValidators }: StoredClientSettings): Promise<void> {
    const { scopeValidators: before } = clientSettings.parse(settings);
    if (scopeValidators.some((one) => !before.includes(one))) await this.events.publish(ScopeSourcesChanged, { orgId });
  }

  /** Makes the client of the console of an organization, when it is not there. */
  async ensureConsole(orgId: string): Promise<void> {
    const appId = consoleIdOf(orgId);
    if (await this.ofApplication(orgId, appId)) return;
    const row = { appId, orgId, clientId: CONSOLE_CLIENT, clientSecrets: [], state: 'ACTIVE' };
    const more = { settings: consoleClientSettings(), tokensValidFrom: this.clock.now() };
    try {
      await this.database.run(() => this.#insert(Object.assign(new ClientEntity(), row, more)));
    } catch (error) {
      // Another node that starts on the same empty database was faster; or an application from before has the id.
      if (!(await this.database.manager.findOneBy(ClientEntity, { orgId, clientId: CONSOLE_CLIENT }))) throw error;
    }
  }

  /**
   * Gives the client a new secret in the place of all that it has and switches it on again; tokens issued before are not
   * good any more. Returns the secret; a public client has none and is only switched on.
   */
  async regenerateSecret(client: ClientEntity): Promise<string | undefined> {
    const made = client.settings.publicClient ? undefined : this.secrets.make();
    const clientSecrets = made ? [made.stored] : client.clientSecrets;
    const change = { clientSecrets, state: 'ACTIVE' as const, tokensValidFrom: this.clock.now() };
    await this.#change(client, change, 'regenerate-client-secret');
    return made?.plain;
  }

  /**
   * Gives the client one more secret; tokens and the other secrets stay good.
   *
   * @param expiresAt seconds since the epoch; 0: never
   * @throws ApiError as {@link ClientSecrets.withOneMore}
   */
  async addSecret(client: ClientEntity, expiresAt: number): Promise<MadeSecret & { readonly client: ClientEntity }> {
    const { made, all } = this.secrets.withOneMore(client, expiresAt);
    const removed = client.clientSecrets.filter((stored) => !all.includes(stored)).map(({ id }) => id);
    const data = { secretId: made.stored.id, expiresAt, removed };
    return { ...made, client: await this.#change(client, { clientSecrets: all }, 'create-client-secret', data) };
  }

  /** Takes a secret from the client; its tokens stay good. Throws ApiError as {@link ClientSecrets.without}. */
  async removeSecret(client: ClientEntity, secretId: string): Promise<void> {
    const clientSecrets = this.secrets.without(client, secretId);
    await this.#change(client, { clientSecrets }, 'delete-client-secret', { secretId });
  }

  /** Switches the client off with all of its secrets; tokens issued before are not good any more. */
  async revoke(client: ClientEntity): Promise<void> {
    const change = { state: 'REVOKED' as const, tokensValidFrom: this.clock.now() };
    await this.#change(client, change, 'revoke-oauth-application');
  }

  /** Removes the client side of an application. Returns whether there was one. */
  async remove(orgId: string, appId: string): Promise<boolean> {
    return this.database.run(async () => {
      const existing = await this.database.manager.findOneBy(ClientEntity, { orgId, appId });
      if (!existing) return false;
      await this.database.manager.delete(ClientEntity, { orgId, appId });
      await this.#record(existing, 'delete-oauth-application');
      return true;
    });
  }

  /** Whether an application of the organization allows scripts of this origin. */
  async allowsOrigin(orgId: string, origin: string): Promise<boolean> {
    const load = async () => {
      const clients = await this.database.manager.findBy(ClientEntity, { orgId });
      return new Set(clients.flatMap((client) => client.settings.allowedOrigins));
    };
    return (await this.#origins.get(orgId, load))?.has(origin) ?? false;
  }

  #whole(entity: ClientEntity): Soon<OAuthClient | undefined> {
    return whenThere(this.applications.find(entity.orgId, entity.appId), (application) => {
      if (!application) return undefined;
      return whenThere(this.organizationSettings.find(entity.orgId, FAPI_SETTING), (fapi) => {
        return { entity, application, settings: this.effective(entity), fapi };
      });
    });
  }

  /** The settings of a client with the defaults of this server filled in. */
  effective(entity: ClientEntity): ClientSettings {
    let settings = this.#effective.get(entity);
    if (!settings) {
      // Parsed, because a row may have been written by a release that knew fewer members.
      settings = effectiveSettings(clientSettings.parse(entity.settings), this.options.clientDefaults);
      this.#effective.set(entity, settings);
    }
    return settings;
  }

  async #insert(client: ClientEntity): Promise<void> {
    try {
      await this.database.manager.insert(ClientEntity, client as never);
    } catch (error) {
      if (isDuplicate(error)) throw taken(client.clientId);
      throw error;
    }
    await this.#record(client, 'create-oauth-application');
  }

  async #change(
    before: ClientEntity,
    change: Partial<ClientEntity>,
    action: string,
    data: Readonly<Record<string, unknown>> = {},
  ): Promise<ClientEntity> {
    const client = Object.assign(new ClientEntity(), before, change);
    await this.database.run(async () => {
      await this.database.manager.save(ClientEntity, client);
      await this.#record(client, action, data);
    });
    return client;
  }

  async #record({ orgId, appId, clientId }: ClientEntity, action: string, more: object = {}): Promise<void> {
    const data = { clientId, ...more };
    await this.audit.record({ orgId, action, targetId: appId, targetType: 'Application', data });
    await this.#cache.changed();
    await this.#origins.changed();
  }
}

const taken = (clientId: string) =>
  new ApiError(
    'OAUTH-60008',
    409,
    'The client id is taken.',
    `There is an application with the client id ${clientId}.`,
  );
