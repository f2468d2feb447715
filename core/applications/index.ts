export type { ApplicationEntity } from './application.entity.js';
export {
  ApplicationDeleted,
  type ApplicationService,
  ApplicationServiceToken,
  applicationErrors,
} from './application.service.js';
export type { ApplicationSettings, AuthenticationSequence, AuthenticatorOption } from './application-model.js';
export { type InboundProtocol, InboundProtocols } from './inbound-protocol.js';
