import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { ApiError } from '#core/http';
import { type Clock, ClockToken, EventBus, EventBusToken, eventType, token } from '#core/kernel';
import {
  type ConfigurationCache,
  type ConfigurationCaches,
  ConfigurationCachesToken,
  type Database,
  DatabaseToken,
} from '#core/persistence';
import { ApplicationEntity } from './application.entity.js';
import { ApplicationRepository, type NameCondition } from './application.repository.js';
import { type ApplicationSettings, applicationSettings } from './application-model.js';
import { checkedSequence } from './authentication-sequence.js';

/** Injection token of the applications. */
export const ApplicationServiceToken = token<ApplicationService>('applications.service');

/** An application is about to go; published inside the unit of work, so that rooms above can remove what is theirs. */
export const ApplicationDeleted = eventType<{ readonly orgId: string; readonly id: string }>('application.deleted');

/** Errors of the application management API. */
export const applicationErrors = {
  notFound: (orgHandle: string, id: string) =>
    new ApiError(
      'APP-60006',
      404,
      'Application not found.',
      `Application cannot be found for the provided id: ${id} in the tenantDomain: ${orgHandle}.`,
    ),
  exists: (name: string) =>
    new ApiError('APP-60007', 409, 'Application already exists.', `There is an application with the name ${name}.`),
  invalid: (description: string) => new ApiError('APP-60001', 400, 'Invalid request.', description),
} as const;

/** Applications: read by every sign-in, so cached. */
@injectable()
export class ApplicationService {
  readonly #cache: ConfigurationCache<ApplicationEntity>;

  constructor(
    @inject(ApplicationRepository) private readonly repository: ApplicationRepository,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(EventBusToken) private readonly events: EventBus,
  ) {
    this.#cache = caches.create('application', 5000);
  }

  /** An application by id. */
  find(orgId: string, id: string): Promise<ApplicationEntity | undefined> {
    return this.#cache.get(`${orgId}:${id}`, async () => (await this.repository.findById(orgId, id)) ?? undefined);
  }

  /** One page of applications in the order of names, and how many there are in all. */
  list(
    orgId: string,
    page: { readonly limit: number; readonly offset: number },
    condition?: NameCondition,
  ): Promise<[ApplicationEntity[], number]> {
    return this.repository.list(orgId, page, condition);
  }

  /**
   * Makes an application.
   *
   * @param within further work of the same unit: inbound protocols
   * @throws ApiError APP-60007 when the name is taken, APP-60001 for a sequence that makes no sense
   */
  async create(
    orgId: string,
    name: string,
    settings: unknown,
    within?: (application: ApplicationEntity) => Promise<void>,
  ): Promise<ApplicationEntity> {
    const parsed = applicationSettings.parse(settings);
    const now = this.clock.now();
    const application = Object.assign(new ApplicationEntity(), {
      id: uuid(),
      orgId,
      name,
      nameKey: name.toLowerCase(),
      settings: { ...parsed, authenticationSequence: checkedSequence(parsed.authenticationSequence) },
      createdAt: now,
      modifiedAt: now,
    });
    return this.database.run(async () => {
      if (await this.repository.findByName(orgId, name)) throw applicationErrors.exists(name);
      await this.repository.insert(application);
      await within?.(application);
      await this.#changed(application, 'create-application');
      return application;
    });
  }

  /** Changes an application. `settings` replaces the members that it has. */
  async patch(
    application: ApplicationEntity,
    change: { readonly name?: string | undefined; readonly settings: Partial<ApplicationSettings> },
  ): Promise<void> {
    const { orgId, id } = application;
    const name = change.name ?? application.name;
    const settings = applicationSettings.parse({ ...application.settings, ...change.settings });
    const before = application.settings.authenticationSequence;
    settings.authenticationSequence = checkedSequence(settings.authenticationSequence, before);
    await this.database.run(async () => {
      const other = await this.repository.findByName(orgId, name);
      if (other && other.id !== id) throw applicationErrors.exists(name);
      await this.repository.update(orgId, id, {
        name,
        nameKey: name.toLowerCase(),
        settings,
        modifiedAt: this.clock.now(),
      });
      await this.#changed(application, 'update-application');
    });
  }

  /** Removes an application with everything that belongs to it. */
  async delete(application: ApplicationEntity): Promise<void> {
    const { orgId, id } = application;
    await this.database.run(async () => {
      await this.repository.delete(orgId, id);
      await this.events.publish(ApplicationDeleted, { orgId, id });
      await this.#changed(application, 'delete-application');
    });
  }

  async #changed({ orgId, id, name }: ApplicationEntity, action: string): Promise<void> {
    await this.audit.record({ orgId, action, targetId: id, targetType: 'Application', data: { name } });
    await this.#cache.changed();
  }
}
