import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { type ApplicationAccess, ApplicationAccessToken, consoleIdOf, ScopeSourcesChanged } from '#core/access';
import { type AuditLog, AuditLogToken } from '#core/audit';
import type { ListFilter, Page } from '#core/http';
import {
  type Clock,
  ClockToken,
  type EventBus,
  EventBusToken,
  eventType,
  type Registry,
  type Soon,
  token,
} from '#core/kernel';
import {
  type ConfigurationCache,
  type ConfigurationCaches,
  ConfigurationCachesToken,
  type Database,
  DatabaseToken,
} from '#core/persistence';
import { ApplicationEntity } from './application.entity.js';
import { ApplicationRepository } from './application.repository.js';
import { type ApplicationSettings, applicationSettings, type NewSettings } from './application-model.js';
import { type ApplicationChange, changedSettings } from './application-requests.js';
import { ApplicationRules } from './application-rules.js';
import { CONSOLE_NAME, consoleSettings } from './console-application.js';
import { applicationErrors } from './errors.js';
import { type InboundProtocol, InboundProtocolRegistryToken, type ProtocolKey } from './inbound-protocol.js';
import { type ApplicationParticipant, ApplicationParticipantsToken } from './participants.js';

/** Injection token of the applications. */
export const ApplicationServiceToken = token<ApplicationService>('applications.service');

/** An application has gone, with everything that belonged to it. */
export const ApplicationDeleted = eventType<{ readonly orgId: string; readonly id: string }>('application.deleted');

/** Names by which inbound protocols know an application: `clientId`, ... */
export type ApplicationKeys = Partial<Record<ProtocolKey['attribute'], string>>;

/** A change that may give the application another name. */
type NamedChange = ApplicationChange & { readonly name?: string | undefined };

/** Applications: read by every sign-in, so cached. */
@injectable()
export class ApplicationService {
  readonly #cache: ConfigurationCache<ApplicationEntity>;

  constructor(
    @inject(ApplicationRepository) private readonly repository: ApplicationRepository,
    @inject(ApplicationRules) private readonly rules: ApplicationRules,
    @inject(InboundProtocolRegistryToken) private readonly protocols: Registry<InboundProtocol>,
    @inject(ApplicationParticipantsToken) private readonly participants: () => readonly ApplicationParticipant[],
    @inject(ApplicationAccessToken) private readonly access: ApplicationAccess,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(EventBusToken) private readonly events: EventBus,
  ) {
    this.#cache = caches.create('application', 5000);
  }

  /** An application by id. */
  find(orgId: string, id: string): Soon<ApplicationEntity | undefined> {
    return this.#cache.get(`${orgId}:${id}`, async () => (await this.repository.findById(orgId, id)) ?? undefined);
  }

  /**
   * One page of applications in the order of names, and how many there are in all.
   *
   * @param without id of one that is left out
   */
  list(orgId: string, page: Page, filter?: ListFilter, without?: string): Promise<[ApplicationEntity[], number]> {
    const keys = this.protocols.all().map(({ key }) => [key.attribute, key] as const);
    return this.repository.list(orgId, { page, filter, without }, new Map(keys));
  }

  /** Names by which protocols know applications, by application id and attribute. */
  async keysOf(orgId: string, ids: readonly string[]): Promise<ReadonlyMap<string, ApplicationKeys>> {
    const keys = new Map(ids.map((id) => [id, {} as ApplicationKeys]));
    for (const { key } of this.protocols.all()) {
      const found = await this.repository.keysOf(key, orgId, ids);
      for (const [id, value] of found) Object.assign(keys.get(id) ?? {}, { [key.attribute]: value });
    }
    return keys;
  }

  /**
   * Makes an application.
   *
   * @param given what is not there gets its default
   * @param within further work of the same unit: inbound protocols
   * @throws ApiError APP-60007 when the name is taken, APP-60001 for settings that make no sense
   */
  async create(
    orgId: string,
    name: string,
    given: NewSettings,
    within?: (application: ApplicationEntity) => Promise<void>,
  ): Promise<ApplicationEntity> {
    const id = uuid();
    const settings = applicationSettings.parse(given);
    return this.database.run(async () => {
      const application = await this.#insert(orgId, id, name, await this.rules.checked({ orgId, id }, settings));
      await within?.(application);
      return application;
    });
  }

  /** Makes the console of an organization, when it is not there. */
  async ensureConsole(orgId: string): Promise<void> {
    const id = consoleIdOf(orgId);
    if (await this.find(orgId, id)) return;
    try {
      await this.database.run(() => this.#insert(orgId, id, CONSOLE_NAME, consoleSettings()));
    } catch (error) {
      // Another node that starts on the same empty database was faster.
      if (!(await this.repository.findById(orgId, id))) throw error;
    }
  }

  /**
   * Changes an application; what the change does not name stays. A change that depends on what is there is a function.
   * Returns it as it is now, or undefined when there is none. Changes that come at once are made one after the other,
   * so none is lost.
   *
   * @throws ApiError APP-60007 when the new name is taken, APP-60001 for settings that make no sense, APP-60517 for one
   *   of the server's own
   */
  async update(
    orgId: string,
    id: string,
    wanted: NamedChange | ((before: ApplicationEntity) => NamedChange),
  ): Promise<ApplicationEntity | undefined> {
    return this.#holding(orgId, id, async (before) => {
      const { name, ...change } = typeof wanted === 'function' ? wanted(before) : wanted;
      const settings = await this.rules.checked(before, changedSettings(before.settings, change), before.settings);
      return this.#write(before, name ?? before.name, settings);
    });
  }

  /**
   * Removes an application with everything that belongs to it. Returns whether there was one.
   *
   * @throws ApiError APP-60517 for one of the server's own
   */
  async delete(orgId: string, id: string): Promise<boolean> {
    const deleted = await this.#holding(orgId, id, async (application) => {
      for (const protocol of this.protocols.all()) await protocol.remove(application);
      for (const participant of this.participants()) await participant.deleting(application);
      await this.access.remove(orgId, id);
      await this.repository.delete(orgId, id);
      await this.#changed(application, 'delete-application');
      await this.events.publish(ApplicationDeleted, { orgId, id });
      return true;
    });
    return deleted ?? false;
  }

  /**
   * Runs `work` on an application as one unit during which nobody else changes it: for what belongs to it, such as its
   * inbound protocols. Returns undefined when there is no such application.
   *
   * @throws ApiError APP-60517 for one of the server's own
   */
  async changing<T>(
    orgId: string,
    id: string,
    work: (application: ApplicationEntity) => Promise<T>,
  ): Promise<T | undefined> {
    return this.#holding(orgId, id, async (application) => {
      const result = await work(application);
      await this.repository.update(orgId, id, { modifiedAt: this.clock.now() });
      await this.#cache.changed();
      return result;
    });
  }

  #holding<T>(orgId: string, id: string, work: (application: ApplicationEntity) => Promise<T>): Promise<T | undefined> {
    return this.database.run(async () => {
      const application = await this.repository.hold(orgId, id);
      if (application && id === consoleIdOf(orgId)) throw applicationErrors.readOnly(application.name);
      return application ? work(application) : undefined;
    });
  }

  async #insert(orgId: string, id: string, name: string, settings: ApplicationSettings): Promise<ApplicationEntity> {
    const now = this.clock.now();
    const names = { name, nameKey: name.toLowerCase() };
    const row = { id, orgId, ...names, settings, createdAt: now, modifiedAt: now };
    const application = Object.assign(new ApplicationEntity(), row);
    if (!(await this.repository.insert(application))) throw applicationErrors.exists(name);
    await this.#changed(application, 'create-application');
    return application;
  }

  async #write(before: ApplicationEntity, name: string, settings: ApplicationSettings): Promise<ApplicationEntity> {
    const { orgId, id } = before;
    const change = { name, nameKey: name.toLowerCase(), settings, modifiedAt: this.clock.now() };
    if (!(await this.repository.update(orgId, id, change))) throw applicationErrors.exists(name);
    const audience = settings.associatedRoles.allowedAudience;
    if (audience !== before.settings.associatedRoles.allowedAudience) {
      if (audience === 'ORGANIZATION') await this.access.removeRoles(orgId, id);
      // Other roles count now, and tokens may have what only those before gave.
      await this.events.publish(ScopeSourcesChanged, { orgId });
    }
    const application = Object.assign(new ApplicationEntity(), before, change);
    await this.#changed(application, 'update-application');
    return application;
  }

  async #changed({ orgId, id, name }: ApplicationEntity, action: string): Promise<void> {
    await this.audit.record({ orgId, action, targetId: id, targetType: 'Application', data: { name } });
    await this.#cache.changed();
  }
}
