export type { ApplicationEntity } from './application.entity.js';
export {
  /** @public */
  ApplicationDeleted,
  type ApplicationService,
  ApplicationServiceToken,
} from './application.service.js';
export type { ApplicationSettings, AuthenticationSequence, AuthenticatorOption } from './application-model.js';
export { address as linkAddress, onlyDefault, onlyEmpty } from './application-requests.js';
export { applicationErrors, found } from './errors.js';
export { type InboundProtocol, InboundProtocols, type ProtocolKey } from './inbound-protocol.js';
export { inboundProtocolRoutes } from './inbound-protocol.routes.js';
export { type ApplicationParticipant, /** @public */ ApplicationParticipants } from './participants.js';
export { type CataloguedAuthenticator, type SignInCatalogue, SignInCatalogueToken } from './sign-in-catalogue.js';
