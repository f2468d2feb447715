import { expect } from 'chai';
import * as oauth from 'oauth4webapi';
import { fetchOf } from '../support/http-client.js';
import { CALLBACK, createApp, createUser, type TestApp } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { Visitor } from '../support/visitor.js';
import { CIBA, DEVICE_CODE, enterUserCode, expectEnd, openLink } from '../support/waiting-clients.js';

describe('oauth4webapi with requests and grants of other kinds', () => {
  let server: TestServer;
  let app: TestApp;
  let as: oauth.AuthorizationServer;
  let options: { [oauth.customFetch]: ReturnType<typeof fetchOf> };
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    app = await createApp(server, {
      client: {
        grantTypes: ['authorization_code', 'refresh_token', DEVICE_CODE, CIBA],
        cibaAuthenticationRequest: { notificationChannels: ['external'] },
      },
    });
    options = { [oauth.customFetch]: fetchOf(server) };
    const issuer = new URL(`${server.origin}/oauth2/token`);
    as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
  });
  after(() => server?.stop());

  const client = (): oauth.Client => ({ client_id: app.id });
  const authentication = () => oauth.ClientSecretBasic(app.secret);

  /** Pushes a request, and takes alice through it. */
  async function pushed(more: Record<string, string>, verifier: string): Promise<URL> {
    const parameters = {
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'openid',
      state: 'state-1',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...more,
    };
    const asked = await oauth.pushedAuthorizationRequest(as, client(), authentication(), parameters, options);
    const { request_uri, expires_in } = await oauth.processPushedAuthorizationResponse(as, client(), asked);
    expect(expires_in).to.be.greaterThan(0);
    const url = new URL(as.authorization_endpoint ?? '');
    url.search = new URLSearchParams({ client_id: app.id, request_uri }).toString();
    return (await app.open(new Visitor(server), url.href, { username: 'alice' })).location as URL;
  }

  async function redeemed(answer: URLSearchParams, verifier: string): Promise<oauth.TokenEndpointResponse> {
    const by = authentication();
    const asked = await oauth.authorizationCodeGrantRequest(as, client(), by, answer, CALLBACK, verifier, options);
    return oauth.processAuthorizationCodeResponse(as, client(), asked, { requireIdToken: true });
  }

  it('pushes its request, and validates the answer (PAR)', async () => {
    const verifier = oauth.generateRandomCodeVerifier();
    const answer = oauth.validateAuthResponse(as, client(), await pushed({}, verifier), 'state-1');
    const tokens = await redeemed(answer, verifier);
    expect(oauth.getValidatedIdTokenClaims(tokens)?.aud).to.equal(app.id);
    expect(await app.isActive(tokens.access_token)).to.equal(true);
  });

  it('validates signed answers, and notices whose they are (JARM)', async () => {
    const verifier = oauth.generateRandomCodeVerifier();
    const location = await pushed({ response_mode: 'jwt' }, verifier);
    const answer = await oauth.validateJwtAuthResponse(as, client(), location, 'state-1', options);
    expect((await redeemed(answer, verifier)).access_token).to.be.a('string');
    const other = { client_id: 'another' };
    for (const wrong of [
      oauth.validateJwtAuthResponse(as, other, location, 'state-1', options),
      oauth.validateJwtAuthResponse(as, client(), location, 'state-2', options),
    ])
      expect(await wrong.catch((error: unknown) => error)).to.be.instanceOf(oauth.OperationProcessingError);
  });

  it('polls for a device, told to wait until the user has approved', async () => {
    const begin = async () => {
      const fields = { scope: 'openid' };
      const asked = await oauth.deviceAuthorizationRequest(as, client(), authentication(), fields, options);
      return oauth.processDeviceAuthorizationResponse(as, client(), asked);
    };
    const poll = async (code: string) => {
      const answer = await oauth.deviceCodeGrantRequest(as, client(), authentication(), code, options);
      return oauth.processDeviceCodeResponse(as, client(), answer);
    };
    const [waiting, approved] = [await begin(), await begin()];
    const early: unknown = await poll(waiting.device_code).catch((error: unknown) => error);
    expect(early).to.be.instanceOf(oauth.ResponseBodyError).and.include({ error: 'authorization_pending' });
    expectEnd(await enterUserCode(app, approved.user_code, { username: 'alice' }));
    const tokens = await poll(approved.device_code);
    expect(oauth.getValidatedIdTokenClaims(tokens)?.aud).to.equal(app.id);
    expect(await app.isActive(tokens.access_token)).to.equal(true);
  });

  it('asks a user elsewhere (CIBA)', async () => {
    const fields = { scope: 'openid', login_hint: 'alice' };
    const asked = await oauth.backchannelAuthenticationRequest(as, client(), authentication(), fields, options);
    const request = await oauth.processBackchannelAuthenticationResponse(as, client(), asked);
    await openLink(app, { auth_url: String(request['auth_url']) }, { username: 'alice' });
    const by = authentication();
    const answer = await oauth.backchannelAuthenticationGrantRequest(as, client(), by, request.auth_req_id, options);
    const tokens = await oauth.processBackchannelAuthenticationGrantResponse(as, client(), answer);
    expect(oauth.getValidatedIdTokenClaims(tokens)?.aud).to.equal(app.id);
  });

  it('revokes a refresh token, and with it what came of it', async () => {
    const verifier = oauth.generateRandomCodeVerifier();
    const answer = oauth.validateAuthResponse(as, client(), await pushed({}, verifier), 'state-1');
    const tokens = await redeemed(answer, verifier);
    const { refresh_token = '' } = tokens;
    const hint = { additionalParameters: { token_type_hint: 'refresh_token' } };
    const asked = { ...options, ...hint };
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client(), authentication(), refresh_token, asked),
    );
    expect(await app.isActive(tokens.access_token)).to.equal(false);
    const refused = await oauth.refreshTokenGrantRequest(as, client(), authentication(), refresh_token, options);
    const error: unknown = await oauth.processRefreshTokenResponse(as, client(), refused).catch((thrown) => thrown);
    expect(error).to.be.instanceOf(oauth.ResponseBodyError).and.include({ error: 'invalid_grant' });
  });
});
