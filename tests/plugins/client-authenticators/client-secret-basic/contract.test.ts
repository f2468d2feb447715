import { clientAuthenticatorContract } from '../../../contract/client-authenticator.js';

clientAuthenticatorContract({
  method: 'client_secret_basic',
  isPublic: false,
  present: (clientId, secret) => ({
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
  }),
});
