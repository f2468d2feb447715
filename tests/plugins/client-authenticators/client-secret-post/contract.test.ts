import { clientAuthenticatorContract } from '../../../contract/client-authenticator.js';

clientAuthenticatorContract({
  method: 'client_secret_post',
  isPublic: false,
  present: (clientId, secret) => ({ fields: { client_id: clientId, client_secret: secret } }),
});
