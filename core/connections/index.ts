export { /** @public */ type ClaimMapping, /** @public */ ClaimMappingToken } from './claim-mapping.js';
export { type Connections, ConnectionsToken } from './connections.service.js';
export type {
  /** @public */ FederatedAssociationEntity as FederatedAssociation,
} from './federated-association.entity.js';
export { type FederatedAssociations, FederatedAssociationsToken } from './federated-associations.service.js';
export type { IdentityProviderEntity as IdentityProvider } from './identity-provider.entity.js';
export {
  /** @public */ type AssertedAccount,
  /** @public */ type ImplicitAssociation,
  /** @public */ type ImplicitAssociationOutcome,
  /** @public */ ImplicitAssociationToken,
} from './implicit-association.js';
export {
  /** @public */ ISSUER_ALGORITHMS,
  /** @public */ type IssuerKeys,
  /** @public */ IssuerKeysToken,
  /** @public */ IssuerSignatureError,
  /** @public */ type SignedByIssuer,
} from './issuer-keys.js';
export {
  KeySetError,
  /** @public */ type RemoteKeySetOptions,
  RemoteKeySets,
  RemoteKeySetsToken,
} from './remote-key-sets.js';
export { RemoteKeySettings } from './settings.js';
export { tryKeys } from './trial.js';
