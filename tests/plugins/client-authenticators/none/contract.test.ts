import { clientAuthenticatorContract } from '../../../contract/client-authenticator.js';

clientAuthenticatorContract({
  method: 'none',
  isPublic: true,
  present: (clientId) => ({ fields: { client_id: clientId } }),
});
