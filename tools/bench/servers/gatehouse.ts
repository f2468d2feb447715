import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationServiceToken } from '#core/applications';
import { createLogger } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { claimUri } from '#core/users';
import { ClientServiceToken } from '../../../core/oauth/clients/client.service.js';
import { clientSettings } from '../../../core/oauth/clients/client-model.js';
import { GrantTypeRegistryToken } from '../../../core/oauth/token/token-endpoint.js';
import { Server } from '../../../core/server.js';
import { type BenchClient, bench, clientKey, type IdentityFacts } from './identity.js';
import type { Service } from './service.js';

/** Opaque tokens are made anew each time, for that is what the peer does and what there is to measure. */
const configuration = (further: string) => `
[super_admin]
password = "${bench.user.password}"
[transport.https]
enabled = false
[transport.http]
enabled = true
properties.port = 0
[rate_limit]
enable_limits = false
[oauth.token_renewal]
renew_access_token_per_request = true
${further}
`;

/** Keeps no record of JWT access tokens, as the peer does. */
const UNKEPT = `
[oauth.token_persistence]
persist_access_token = false
`;

/**
 * Gatehouse as it ships, but on plain HTTP and without rate limits. `GATEHOUSE_BENCH_DATABASE` may name another database
 * by its URL.
 *
 * @param keepsTokens whether it keeps a record of JWT access tokens, as it does when it ships
 */
export async function gatehouse(keepsTokens = true): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  const config = join(folder, 'deployment.toml');
  const database = databaseTable(process.env['GATEHOUSE_BENCH_DATABASE']);
  writeFileSync(config, configuration(keepsTokens ? database : database + UNKEPT));
  const server = await Server.start({ config, data: join(folder, 'data'), logger: createLogger('error') });
  const clients = await makeClients(server);
  const facts: IdentityFacts = {
    port: server.ports[0] as number,
    paths: {
      token: '/oauth2/token',
      introspection: '/oauth2/introspect',
      userinfo: '/oauth2/userinfo',
      discovery: '/oauth2/token/.well-known/openid-configuration',
      jwks: '/oauth2/jwks',
      authorization: '/oauth2/authorize',
      userCode: '/oauth2/device',
    },
    clients,
    redirectUri: bench.redirectUri,
    user: bench.user,
    signIn: 'commonauth',
  };
  return {
    facts,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Every client that a row needs. */
async function makeClients(server: Server): Promise<IdentityFacts['clients']> {
  const common = { advancedConfigurations: { skipLoginConsent: true } };
  const claims = { ...common, claimConfiguration: { requestedClaims: [{ claim: { uri: claimUri('givenname') } }] } };
  const machine = { grantTypes: ['client_credentials'] };
  const callbackURLs = [bench.redirectUri];
  const web = { grantTypes: ['authorization_code', 'refresh_token'], callbackURLs };
  const { key, published } = await clientKey();
  const certificate = { type: 'JWKS', value: JSON.stringify({ keys: [published] }) };
  const hasExchange = server.container.get(GrantTypeRegistryToken).find(bench.exchangeGrant) !== undefined;
  return {
    jwt: await createClient(server, 'bench-jwt', common, { ...machine, accessToken: { type: 'JWT' } }),
    opaque: await createClient(server, 'bench-opaque', common, machine),
    web: await createClient(server, 'bench-web', claims, web),
    front: await createClient(server, 'bench-front', claims, {
      grantTypes: [...web.grantTypes, bench.deviceGrant],
      callbackURLs,
      hybridFlow: { enable: true, responseType: bench.hybrid },
    }),
    dpop: await createClient(server, 'bench-dpop', claims, {
      grantTypes: [...web.grantTypes, ...machine.grantTypes],
      callbackURLs,
      accessToken: { bindingType: 'DPoP' },
    }),
    keyed: {
      ...(await createClient(
        server,
        'bench-keyed',
        { advancedConfigurations: { ...common.advancedConfigurations, certificate } },
        { ...machine, clientAuthentication: { tokenEndpointAuthMethod: 'private_key_jwt' } },
      )),
      key,
    },
    exchange: hasExchange
      ? await createClient(server, 'bench-exchange', common, {
          grantTypes: [...web.grantTypes, bench.exchangeGrant],
          callbackURLs,
          accessToken: { type: 'JWT' },
        })
      : undefined,
  };
}

function databaseTable(url: string | undefined): string {
  if (!url) return '';
  const type = url.startsWith('postgres') ? 'postgresql' : 'mariadb';
  return `[database.identity_db]\ntype = "${type}"\nurl = "${url}"\n`;
}

async function createClient(server: Server, name: string, application: object, settings: object): Promise<BenchClient> {
  const clients = server.container.get(ClientServiceToken);
  let made: BenchClient | undefined;
  await server.container
    .get(ApplicationServiceToken)
    .create(SUPER_ORGANIZATION.id, name, application, async (entity) => {
      const { client, secret } = await clients.write(entity, clientSettings.parse(settings));
      made = { id: client.clientId, secret: secret ?? '' };
    });
  if (!made) throw new Error(`the client ${name} was not made`);
  return made;
}
