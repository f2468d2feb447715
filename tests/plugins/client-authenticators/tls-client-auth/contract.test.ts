import { clientAuthenticatorContract } from '../../../contract/client-authenticator.js';
import { type ClientCertificate, makeCertificate } from '../../../support/client-certificate.js';

let registered: ClientCertificate;
let other: ClientCertificate;

clientAuthenticatorContract({
  method: 'tls_client_auth',
  isPublic: false,
  isImplicit: true,
  toml: '[proxy]\ntrusted_proxies = ["127.0.0.1"]',
  async register() {
    [registered, other] = await Promise.all([makeCertificate('CN=client'), makeCertificate('CN=client')]);
    const certificate = { type: 'PEM', value: registered.cert };
    return { application: { advancedConfigurations: { certificate } } };
  },
  // A secret of this server has 28 letters and digits; whatever else comes stands for another certificate.
  present(client_id, secret) {
    const { der } = /^\w{28}$/.test(secret) ? registered : other;
    return { fields: { client_id }, headers: { 'x-wso2-mtls-cert': der } };
  },
});
