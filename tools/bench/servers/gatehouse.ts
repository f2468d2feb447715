import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationServiceToken } from '#core/applications';
import { createLogger } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { claimUri } from '#core/users';
import { ClientServiceToken } from '../../../core/oauth/clients/client.service.js';
import { clientSettings } from '../../../core/oauth/clients/client-model.js';
import { Server } from '../../../core/server.js';
import { type BenchClient, bench, type IdentityFacts } from './identity.js';
import type { Service } from './service.js';

/** Opaque tokens are made anew each time, for that is what the peer does and what there is to measure. */
const configuration = (database: string) => `
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
${database}
`;

/** Gatehouse as it ships, but on plain HTTP and without rate limits. `GATEHOUSE_BENCH_DATABASE` may name another database by its URL. */
export async function gatehouse(): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  const config = join(folder, 'deployment.toml');
  writeFileSync(config, configuration(databaseTable(process.env['GATEHOUSE_BENCH_DATABASE'])));
  const server = await Server.start({ config, data: join(folder, 'data'), logger: createLogger('error') });
  const common = { advancedConfigurations: { skipLoginConsent: true } };
  const jwt = await createClient(server, 'bench-jwt', common, {
    grantTypes: ['client_credentials'],
    accessToken: { type: 'JWT' },
  });
  const opaque = await createClient(server, 'bench-opaque', common, { grantTypes: ['client_credentials'] });
  const web = await createClient(
    server,
    'bench-web',
    { ...common, claimConfiguration: { requestedClaims: [{ claim: { uri: claimUri('givenname') } }] } },
    { grantTypes: ['authorization_code', 'refresh_token'], callbackURLs: [bench.redirectUri] },
  );
  const facts: IdentityFacts = {
    port: server.ports[0] as number,
    paths: {
      token: '/oauth2/token',
      introspection: '/oauth2/introspect',
      userinfo: '/oauth2/userinfo',
      discovery: '/oauth2/token/.well-known/openid-configuration',
      jwks: '/oauth2/jwks',
      authorization: '/oauth2/authorize',
    },
    clients: { jwt, opaque, web },
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
