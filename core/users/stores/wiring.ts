import { HealthChecks, Routes } from '#core/http';
import { ClockToken, LoggerToken, type Problem, type RunningPlugin, type SetupContext } from '#core/kernel';
import { OutboxHandlers } from '#core/persistence';
import { ClaimCatalogToken } from '../claims/claim-catalog.js';
import type { FirstAdministrator, SuperAdmin } from '../super-admin.js';
import { ConfiguredStores, ConfiguredStoresToken } from './configured-stores.js';
import { ConnectionTrial } from './connection-trial.js';
import { HostGuard, HostGuardToken } from './host-guard.js';
import { PRIMARY_TABLE, readPrimarySettings } from './primary-settings.js';
import { RetiredStores } from './retired-stores.js';
import {
  MostStoresToken,
  REMOVAL_TOPIC,
  SecondaryStoresService,
  SecondaryStoresServiceToken,
} from './secondary-stores.service.js';
import { shownPrimary } from './shown-primary.js';
import { StoreDuties } from './store-duties.js';
import { StoreHealth } from './store-health.js';
import { StoreKinds, StoreKindsToken } from './store-kinds.js';
import { StoreRemoval } from './store-removal.js';
import { StoreCommonsSettings, StoreManagementSettings, UserStoreSettings } from './store-settings.js';
import { UnfinishedUsers, UnfinishedUsersToken } from './unfinished-users.js';
import { UserStoreManagers } from './user-store.js';
import { noSuchKind, SecondaryStoresToken, UserStores, UserStoresToken } from './user-stores.js';
import { userStoreRoutes } from './user-stores.routes.js';

/** Binds the user stores and what belongs to them. */
export function provideStores({ container, extensions, settings }: SetupContext<unknown>): void {
  const management = settings(StoreManagementSettings);
  const guard = new HostGuard(management);
  container.provideValue(HostGuardToken, guard);
  container.provideValue(MostStoresToken, management.max_user_stores);
  container.provideLazily(
    StoreKindsToken,
    () => new StoreKinds(extensions(UserStoreManagers), management.allowed_user_stores),
  );
  container.provide(ConfiguredStoresToken, ConfiguredStores);
  container.provideLazily(SecondaryStoresToken, (c) => {
    const known = c.get(ConfiguredStoresToken);
    return { of: (orgId) => known.of(orgId) };
  });
  container.provideLazily(UserStoresToken, (c) => {
    const logger = c.get(LoggerToken);
    const parts = {
      kinds: c.get(StoreKindsToken),
      guard,
      breaker: settings(StoreCommonsSettings),
      retired: new RetiredStores(logger),
    };
    return new UserStores(parts, c.get(SecondaryStoresToken), logger);
  });
  container.provide(UnfinishedUsersToken, UnfinishedUsers);
  container.provide(SecondaryStoresServiceToken, SecondaryStoresService);
}

/** Contributes the API of user stores, its duty and its check of health. */
export function contributeStores({ container, contribute, settings }: SetupContext<unknown>): void {
  const stores = container.get(UserStoresToken);
  const kinds = container.get(StoreKindsToken);
  const parts = {
    service: container.get(SecondaryStoresServiceToken),
    kinds,
    stores,
    trial: container.build(ConnectionTrial),
    catalog: container.get(ClaimCatalogToken),
    primary: (orgId: string) => shownPrimary(stores.primaryKind(orgId), orgId, settings(UserStoreSettings)),
  };
  contribute(Routes, 'user-stores', userStoreRoutes(parts));
  contribute(OutboxHandlers, REMOVAL_TOPIC, container.build(StoreRemoval));
  contribute(HealthChecks, 'user-stores', new StoreHealth(stores, container.get(ClockToken)));
}

/** Opens the stores, keeps them in order, closes them. */
export function runStores(
  { container, settings }: SetupContext<unknown>,
  administrator: () => SuperAdmin,
  made: (first: FirstAdministrator | undefined) => void,
): RunningPlugin {
  const stores = () => container.get(UserStoresToken);
  let duties: StoreDuties | undefined;
  return {
    check: (judge) => primaryProblems(container.get(StoreKindsToken), settings(UserStoreSettings), judge),
    async start() {
      const { type, ...table } = settings(UserStoreSettings);
      await stores().openPrimary(type, table);
      const admin = administrator();
      made(await admin.ensure());
      const unfinished = container.get(UnfinishedUsersToken);
      duties = new StoreDuties(
        [() => unfinished.sweep(), () => stores().tidy(), () => admin.ensure()],
        container.get(LoggerToken),
      );
      duties.start();
    },
    async stop() {
      await duties?.stop();
      await stores().close();
    },
  };
}

/** What is wrong with `[user_store]`, as far as its kind knows. */
function primaryProblems(
  kinds: StoreKinds,
  { type, ...table }: Readonly<Record<string, unknown>> & { readonly type: string },
  judge: Parameters<NonNullable<RunningPlugin['check']>>[0],
): readonly Problem[] {
  const manager = kinds.find(type);
  if (!manager) return [{ path: [PRIMARY_TABLE, 'type'], rule: noSuchKind(type, kinds.types), owner: 'core.users' }];
  const { values, place, problems } = readPrimarySettings(manager, table);
  return [...problems, ...judge({ path: PRIMARY_TABLE, schema: manager.settings, values, place })];
}
