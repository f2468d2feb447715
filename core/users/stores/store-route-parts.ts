import { ApiError, apiErrors, type HttpRequest, InvalidRequestError, type Reply } from '#core/http';
import type { ClaimCatalog } from '../claims/claim-catalog.js';
import type { ConnectionTrial } from './connection-trial.js';
import type { SecondaryStoreEntity } from './secondary-store.entity.js';
import type { SecondaryStoresService } from './secondary-stores.service.js';
import { storeErrors } from './store-errors.js';
import { idOfName, type StoreKinds } from './store-kinds.js';
import { shownKind, shownSettings } from './store-model.js';
import type { GivenProperty } from './store-rules.js';
import type { UserStores } from './user-stores.js';

/** What the routes are made of. */
export interface StoreRouteParts {
  readonly service: SecondaryStoresService;
  readonly kinds: StoreKinds;
  readonly stores: UserStores;
  readonly trial: ConnectionTrial;
  readonly catalog: ClaimCatalog;
  /** Settings of the primary store of an organization, without secrets. */
  readonly primary: (orgId: string) => readonly GivenProperty[];
}

/** Where the API is. */
export const BASE = '/api/server/v1';
/** Path of the stores below it. */
export const STORES = '/userstores';

const may = (what: string) => ({ access: { scopes: [`internal_userstore_${what}`] }, cors: true }) as const;

/** Who may do what. */
export const access = {
  view: may('view'),
  create: may('create'),
  update: may('update'),
  remove: may('delete'),
} as const;

const render = apiErrors('SUS');

/** Errors in the shape of the API: `SUS-60001` is a store that is not there, so what cannot be read has another code. */
export function renderStoreError(error: unknown, request: HttpRequest): Reply {
  if (!(error instanceof InvalidRequestError)) return render(error, request);
  const isEmpty = error.where === 'body' && request.body.trim() === '';
  const shown: ApiError = isEmpty ? storeErrors.noBody() : storeErrors.invalid(error.message);
  return render(shown, request);
}

/** Where a store is, below the organization or with the whole address before it. */
export const pathOf = (before: string, { domain }: SecondaryStoreEntity): string =>
  `${before}${BASE}${STORES}/${idOfName(domain)}`;

/** A store that has just been made or changed. */
export async function shownStore(row: SecondaryStoreEntity, { kinds, service }: StoreRouteParts) {
  const { domain, description } = row;
  const { typeId, typeName } = kindOf(row, kinds);
  return {
    id: idOfName(domain),
    name: domain,
    typeName,
    typeId,
    description,
    properties: shownSettings(row),
    claimAttributeMappings: await service.mappingsOf(row),
  };
}

/** A store as it is set up. */
export async function shownConfiguration(row: SecondaryStoreEntity, { kinds, service }: StoreRouteParts) {
  const { domain: name, description } = row;
  return {
    ...kindOf(row, kinds),
    name,
    description,
    properties: shownSettings(row),
    claimAttributeMappings: await service.mappingsOf(row),
  };
}

/** The kind of a row, also when no plugin offers it any more. */
export function kindOf({ type }: SecondaryStoreEntity, kinds: StoreKinds): ReturnType<typeof shownKind> {
  const manager = kinds.find(type);
  return manager ? shownKind(manager) : { typeId: idOfName(type), typeName: type, className: type, isLocal: true };
}
