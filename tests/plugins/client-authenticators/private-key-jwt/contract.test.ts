import { clientAuthenticatorContract } from '../../../contract/client-authenticator.js';
import { asCredentials, assertionClaims } from '../../../support/client-assertion.js';
import { type IssuerKey, issuerKey } from '../../../support/key-endpoint.js';

let registered: IssuerKey;
let other: IssuerKey;

clientAuthenticatorContract({
  method: 'private_key_jwt',
  isPublic: false,
  async register() {
    [registered, other] = await Promise.all([issuerKey('PS256'), issuerKey('PS256')]);
    const certificate = { type: 'JWKS', value: JSON.stringify({ keys: [registered.jwk] }) };
    return { application: { advancedConfigurations: { certificate } } };
  },
  // A secret of this server has 28 letters and digits; whatever else comes stands for a key that is not the client's.
  async present(clientId, secret, audience) {
    const key = /^\w{28}$/.test(secret) ? registered : other;
    return asCredentials(await key.sign(assertionClaims(clientId, audience)));
  },
});
