import { isAbsolute, join } from 'node:path';
import { ClockToken, type Container, definePlugin, LoggerToken, type SetupContext, token } from '#core/kernel';
import { DatabaseToken, DataFolderToken, RedisToken } from '#core/persistence';
import { AccessLog } from './access-log.js';
import { Addresses, AddressesToken } from './addresses.js';
import { apiDocsRoutes } from './api-docs.routes.js';
import { CallWitnesses } from './call-witness.js';
import { ClientCertificates, ClientCertificatesToken } from './client-certificate.js';
import { Cors } from './cors.js';
import { Guard, PassportStrategies } from './guard.js';
import { HealthError, healthRoutes } from './health.routes.js';
import { HttpServer } from './http-server.js';
import { CorsOriginProviders, HealthChecks, OrganizationResolverToken } from './messages.js';
import { OutboundHttp, OutboundHttpToken } from './outbound-http.js';
import { Pagination, PaginationSettings, PaginationToken } from './pagination.js';
import { Pipeline } from './pipeline.js';
import { RateLimits, RateLimitsToken } from './rate-limiter.js';
import { Routes } from './route.js';
import {
  AccessLogSettings,
  CorrelationSettings,
  CorsSettings,
  HealthSettings,
  HttpSettings,
  HttpsSettings,
  MutualTlsSettings,
  OutboundHttpSettings,
  ProxySettings,
  RateLimitSettings,
  SecurityHeaderSettings,
  ServerSettings,
  TlsKeystoreSettings,
} from './settings.js';

/** Injection token of the listeners, for the composition root. */
export const HttpServerToken = token<HttpServer>('http.server');
/** Injection token of the version of this server; bound by the composition root. */
export const VersionToken = token<string>('http.version');
/** Injection token of ports given on the command line, which beat the configuration. */
export const PortOverrideToken = token<{ readonly https?: number | undefined }>('http.port-override');

export default definePlugin({
  id: 'core.http',
  requires: ['core.persistence', 'core.crypto', 'core.audit'],
  settings: [
    ServerSettings,
    TlsKeystoreSettings,
    HttpsSettings,
    HttpSettings,
    MutualTlsSettings,
    ProxySettings,
    CorsSettings,
    AccessLogSettings,
    CorrelationSettings,
    RateLimitSettings,
    SecurityHeaderSettings,
    HealthSettings,
    PaginationSettings,
    OutboundHttpSettings,
  ],
  setup(context) {
    const { container, contribute, extensions, settings } = context;
    const server = settings(ServerSettings);
    container.provideLazily(AddressesToken, () => new Addresses(server.base_path?.replace(/\/+$/, '')));
    container.provideLazily(RateLimitsToken, (c) => new RateLimits(settings(RateLimitSettings), c.get(RedisToken)));
    const outbound = new OutboundHttp(settings(OutboundHttpSettings));
    container.provideValue(OutboundHttpToken, outbound);
    container.provideLazily(PaginationToken, () => new Pagination(settings(PaginationSettings)));
    container.provideValue(ClientCertificatesToken, certificatesOf(context));
    const accessLog = accessLogOf(context);
    const guard = new Guard();
    const pipeline = pipelineOf(context, guard, accessLog);
    container.provideLazily(HttpServerToken, (c) => serverOf(context, pipeline, c));
    contribute(HealthChecks, 'database', { check: () => databaseCheck(container) });
    contribute(
      Routes,
      'api-docs',
      apiDocsRoutes(() => extensions(Routes).all(), container.get(VersionToken)),
    );
    if (settings(HealthSettings).enable)
      contribute(
        Routes,
        'health',
        healthRoutes(extensions(HealthChecks), () => pipeline.draining),
      );
    return {
      start() {
        container.get(RateLimitsToken).start();
        for (const name of extensions(PassportStrategies).ids())
          guard.use(name, extensions(PassportStrategies).get(name));
        container.get(HttpServerToken).mount(extensions(Routes).all());
      },
      async stop() {
        await outbound.close();
        accessLog?.close();
      },
    };
  },
});

function accessLogOf({ container, settings }: SetupContext<unknown>): AccessLog | undefined {
  const options = settings(AccessLogSettings);
  if (!options.enable_log) return undefined;
  const folder = isAbsolute(options.directory)
    ? options.directory
    : join(container.get(DataFolderToken), options.directory);
  return new AccessLog(folder, options);
}

function pipelineOf(
  { container, extensions, settings }: SetupContext<unknown>,
  guard: Guard,
  accessLog: AccessLog | undefined,
): Pipeline {
  return new Pipeline({
    addresses: container.get(AddressesToken),
    resolver: onFirstUse(() => container.get(OrganizationResolverToken)),
    guard,
    cors: new Cors(settings(CorsSettings), () => extensions(CorsOriginProviders).all()),
    witnesses: onFirstUse(() => extensions(CallWitnesses).all()),
    limits: container.get(RateLimitsToken),
    accessLog,
    standing: {
      server: settings(HttpsSettings).properties.server,
      hstsMaxAge: settings(SecurityHeaderSettings).hsts_max_age / 1000,
    },
    trustedProxies: new Set(settings(ProxySettings).trusted_proxies),
    certificates: container.get(ClientCertificatesToken),
    bodyLimit: settings(ServerSettings).request_limit,
    correlation: settings(CorrelationSettings),
    clock: container.get(ClockToken),
    logger: container.get(LoggerToken),
  });
}

function certificatesOf({ settings }: SetupContext<unknown>): ClientCertificates {
  const { enabled, ssl_host_config } = settings(HttpsSettings);
  return new ClientCertificates(
    settings(MutualTlsSettings).client_certificate_header,
    new Set(settings(ProxySettings).trusted_proxies),
    enabled && ssl_host_config.properties.certificate_verification !== 'none',
  );
}

function onFirstUse<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function serverOf({ settings }: SetupContext<unknown>, pipeline: Pipeline, container: Container): HttpServer {
  const { hostname, node_ip, offset, shutdown_grace } = settings(ServerSettings);
  const https = settings(HttpsSettings);
  const http = settings(HttpSettings);
  const override = container.has(PortOverrideToken) ? container.get(PortOverrideToken).https : undefined;
  const shifted = (port: number) => (port === 0 ? 0 : port + offset);
  return new HttpServer(pipeline, container.get(AddressesToken), {
    hostname,
    address: node_ip,
    https: https.enabled
      ? {
          port: override ?? shifted(https.properties.port),
          proxyPort: https.properties.proxy_port,
          protocols: https.ssl_host_config.properties.protocols,
          ciphers: https.ssl_host_config.properties.ciphers,
          clientCertificates: https.ssl_host_config.properties.certificate_verification,
        }
      : undefined,
    http: http.enabled ? { port: shifted(http.properties.port) } : undefined,
    keystore: settings(TlsKeystoreSettings),
    dataFolder: container.get(DataFolderToken),
    graceMs: shutdown_grace,
  });
}

async function databaseCheck(container: Container): Promise<{ key: string; value: string }[]> {
  const clock = container.get(ClockToken);
  const begun = clock.now();
  try {
    await container.get(DatabaseToken).sql.all('SELECT 1 AS one', []);
  } catch (cause) {
    throw new HealthError('HC_00001', 'The data source cannot be reached.', 'The identity database does not answer.', {
      cause,
    });
  }
  return [{ key: 'jdbc/WSO2IdentityDB.connectivityTime.ms', value: String(clock.now() - begun) }];
}
