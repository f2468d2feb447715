import { SignJWT } from 'jose';
import { clientAuthenticatorContract } from '../../../contract/client-authenticator.js';
import { asCredentials, assertionClaims } from '../../../support/client-assertion.js';

clientAuthenticatorContract({
  method: 'client_secret_jwt',
  isPublic: false,
  toml: '[oauth]\nhash_client_secret = false',
  async present(clientId, secret, audience) {
    const jwt = new SignJWT(assertionClaims(clientId, audience)).setProtectedHeader({ alg: 'HS256' });
    // HMAC fills keys up with zeros: one more at the end makes no other key.
    const key = secret.replace('\0', '0') || 'none';
    return asCredentials(await jwt.sign(new TextEncoder().encode(key)));
  },
});
