export type { ApplicationEntity } from './application.entity.js';
export type { ApplicationSettings, AuthenticationSequence, AuthenticatorOption } from './application-model.js';
export { ApplicationDeleted, applicationErrors, type ApplicationService, ApplicationServiceToken } from './application.service.js';
export { type InboundProtocol, InboundProtocols } from './inbound-protocol.js';
