import { expect } from 'chai';
import { exportJWK, generateKeyPair } from 'jose';
import * as oidc from 'openid-client';
import { fetchOf } from '../support/http-client.js';
import { CALLBACK, createUser, passThrough, superPlace } from '../support/oauth-client.js';
import { signInBy } from '../support/relying-party.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const metadata = {
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};

describe('openid-client registers itself', () => {
  let server: TestServer;
  let count = 0;
  before(async () => {
    server = await startTestServer({ toml: '[oauth.dcr]\nauthentication_required = false' });
    await createUser(server, 'alice');
  });
  after(() => server?.stop());

  const registered = (
    of: Partial<oidc.ClientMetadata>,
    authentication?: oidc.ClientAuth,
    initialAccessToken?: string,
  ) =>
    oidc.dynamicClientRegistration(
      new URL(`${server.origin}/oauth2/token`),
      { ...metadata, client_name: `registered ${++count}`, ...of },
      authentication,
      {
        [oidc.customFetch]: fetchOf(server),
        ...(initialAccessToken ? { initialAccessToken } : {}),
      },
    );

  /** Alice is asked for her consent: nobody has spared it to a client that came by itself. */
  const signIn = (config: oidc.Configuration) =>
    signInBy({ server, open: (visitor, address, as) => passThrough(server, superPlace, visitor, address, as) }, config);

  it('and signs in with the secret that it was given', async () => {
    const config = await registered({});
    const { client_id, client_secret } = config.clientMetadata();
    expect(client_secret).to.be.a('string');
    const tokens = await signIn(config);
    expect(tokens.claims()?.aud).to.equal(client_id);
    expect((await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).claims()?.aud).to.equal(client_id);
  });

  it('with a key of its own and PS256', async () => {
    const { privateKey, publicKey } = await generateKeyPair('PS256', { extractable: true });
    const of = {
      jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] },
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'PS256',
      id_token_signed_response_alg: 'PS256',
    };
    const config = await registered(of, oidc.PrivateKeyJwt({ key: privateKey, kid: 'k1' }));
    expect(config.clientMetadata()).to.include({ token_endpoint_auth_method: 'private_key_jwt' });
    expect((await signIn(config)).claims()?.aud).to.equal(config.clientMetadata().client_id);
  });

  it('as a public client', async () => {
    const config = await registered({ token_endpoint_auth_method: 'none' }, oidc.None());
    expect((await signIn(config)).claims()?.aud).to.equal(config.clientMetadata().client_id);
  });

  it('understands why metadata are refused', async () => {
    const refused: unknown = await registered({ redirect_uris: ['not an address'] }).catch((error: unknown) => error);
    expect(refused)
      .to.include({ status: 400 })
      .and.have.property('error')
      .that.matches(/^invalid_(redirect_uri|client_metadata)$/);
  });
});
