import { inject, injectable } from 'tsyringe';
import { type Logger, LoggerToken, reasonOf } from '#core/kernel';
import { ConfiguredStores, ConfiguredStoresToken } from './configured-stores.js';
import { type SecondaryStoreEntity } from './secondary-store.entity.js';
import { SecondaryStoresService, SecondaryStoresServiceToken } from './secondary-stores.service.js';
import { storeErrors } from './store-errors.js';
import { type StoreKinds, StoreKindsToken } from './store-kinds.js';
import { ENCRYPTED, type GivenProperty, StoreRules } from './store-rules.js';
import type { UserStoreManager } from './user-store.js';
import { type UserStores, UserStoresToken } from './user-stores.js';

/** How long a store may take to answer, in milliseconds. */
const LIMIT_MS = 15_000;
/** Kind of the stores that the published form of the request means. */
const DATABASE = 'database_unique_id';

/** A store that is to be tried. */
export interface TrialRequest {
  readonly typeId?: string | undefined;
  readonly properties?: readonly GivenProperty[] | undefined;
  /** Whose stored secrets are meant by `ENCRYPTED PROPERTY`. */
  readonly domain?: string | undefined;
  readonly driverName?: string | undefined;
  readonly connectionURL?: string | undefined;
  readonly username?: string | undefined;
  readonly connectionPassword?: string | undefined;
}

/** Tries whether a store could be reached with certain settings, before they are kept. */
@injectable()
export class ConnectionTrial {
  constructor(
    @inject(ConfiguredStoresToken) private readonly configured: ConfiguredStores,
    @inject(SecondaryStoresServiceToken) private readonly stored: SecondaryStoresService,
    @inject(UserStoresToken) private readonly stores: UserStores,
    @inject(StoreKindsToken) private readonly kinds: StoreKinds,
    @inject(StoreRules) private readonly rules: StoreRules,
    @inject(LoggerToken) private readonly logger: Logger,
  ) {}

  /**
   * Whether a connection stands.
   *
   * @throws ApiError SUS-600xx when the settings are not such that it could be tried
   */
  async try(orgId: string, request: TrialRequest): Promise<boolean> {
    const before = request.domain ? await this.stored.find(orgId, request.domain) : undefined;
    const manager = this.#kind(request, before);
    const given = givenOf(request);
    const usesStored = given.some(({ value }) => value === ENCRYPTED);
    if (usesStored && !before)
      throw storeErrors.invalid(`domain: there is no store whose secret "${ENCRYPTED}" could mean.`);
    const row = before ?? { orgId, id: 'trial', domain: 'TRIAL' };
    const wanted = given.filter(({ name }) => name.toLowerCase() !== 'domainname');
    const properties = await this.rules.properties(row, manager, wanted, before?.properties ?? []);
    const entity = { ...row, type: manager.type, properties, revision: 0 } as SecondaryStoreEntity;
    return this.#connects(this.configured.configurationOf(entity));
  }

  #kind({ typeId }: TrialRequest, before: SecondaryStoreEntity | undefined): UserStoreManager {
    const manager = typeId === undefined ? this.kinds.find(before?.type ?? DATABASE) : this.kinds.byTypeId(typeId);
    if (!manager) throw storeErrors.invalid('typeId: there is no such kind of user store; see meta/types.');
    if (!this.kinds.isAllowed(manager)) throw storeErrors.typeNotAllowed();
    if (before && this.kinds.find(before.type) !== manager) throw storeErrors.fixed('The type');
    return manager;
  }

  async #connects(configuration: Parameters<UserStores['openAside']>[0]): Promise<boolean> {
    const { orgId, type } = configuration;
    const tried = async () => {
      const store = await this.stores.openAside(configuration);
      try {
        await store.ping();
      } finally {
        await store.close();
      }
      return true;
    };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${LIMIT_MS} ms`)), LIMIT_MS);
    });
    try {
      return await Promise.race([tried(), late]);
    } catch (error) {
      this.logger.info({ orgId, type, err: reasonOf(error) }, 'a user store that was tried cannot be reached');
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The published form is that of a database. */
function givenOf(request: TrialRequest): readonly GivenProperty[] {
  if (request.typeId !== undefined || request.properties !== undefined) return request.properties ?? [];
  const { driverName, connectionURL, username, connectionPassword } = request;
  const needed = { driverName, connectionURL, username, connectionPassword };
  const missing = Object.entries(needed).flatMap(([name, value]) => (value ? [] : [name]));
  if (missing.length > 0) throw storeErrors.missingProperty(missing);
  return [
    { name: 'driverName', value: driverName ?? '' },
    { name: 'url', value: connectionURL ?? '' },
    { name: 'userName', value: username ?? '' },
    { name: 'password', value: connectionPassword ?? '' },
  ];
}
