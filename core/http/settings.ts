import { z } from 'zod';
import { duration, flag, settings, wholeNumber } from '#core/kernel';

/** `[server]` */
export const ServerSettings = settings(
  'server',
  z.strictObject({
    hostname: z
      .string()
      .min(1)
      .default('localhost')
      .describe('Public host name; it is part of every URL and of the issuer'),
    node_ip: z.string().default('0.0.0.0').describe('Address on which this node listens'),
    base_path: z.string().optional().describe('Public origin, when it is not https://HOSTNAME:PORT'),
    offset: wholeNumber(0, 50_000).prefault(0).describe('Added to every port on which this node listens'),
    shutdown_grace: duration('s')
      .prefault('10s')
      .describe('How long requests in progress may take when the server stops'),
    request_limit: wholeNumber(1024, 104_857_600).prefault(1_048_576).describe('Largest request body in bytes'),
  }),
);

const keystore = z.strictObject({
  file_name: z.string().describe('PKCS #12 file, or a PEM file with certificate and private key'),
  password: z.string().meta({ secret: true }).optional().describe('Password of the file'),
});

/** `[keystore.tls]` */
export const TlsKeystoreSettings = settings('keystore.tls', keystore.partial().default({}));

/** `[transport.https]` */
export const HttpsSettings = settings(
  'transport.https',
  z.strictObject({
    enabled: flag().prefault(true).describe('Whether the HTTPS listener is there'),
    properties: z
      .strictObject({
        port: wholeNumber(0, 65_535).prefault(9443).describe('Port; 0 takes a free one'),
        proxy_port: wholeNumber(1, 65_535).optional().describe('Public port when a proxy stands in front'),
        server: z.string().optional().describe('Value of the Server header; none when absent'),
      })
      .prefault({}),
    ssl_host_config: z
      .strictObject({
        properties: z
          .strictObject({
            protocols: z.string().default('TLSv1.2+TLSv1.3').describe('TLS versions, joined by +'),
            ciphers: z.string().default('').describe('OpenSSL cipher list; that of Node.js when empty'),
            certificate_verification: z
              .enum(['none', 'optional', 'want', 'required'])
              .default('none')
              .describe(
                'Whether clients are asked for a certificate: optional and want let in who has none, required does not. Browsers with certificates ask their users which one to show',
              ),
          })
          .prefault({}),
      })
      .prefault({}),
  }),
);

/** `[oauth.mutualtls]` */
export const MutualTlsSettings = settings(
  'oauth.mutualtls',
  z.strictObject({
    client_certificate_header: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/, { error: 'this is not the name of a header' })
      .default('x-wso2-mtls-cert')
      .describe('Header in which the proxies of [proxy] trusted_proxies pass the certificate of the client on'),
  }),
);

/** `[transport.http]` */
export const HttpSettings = settings(
  'transport.http',
  z.strictObject({
    enabled: flag()
      .prefault(false)
      .describe('Whether the plain HTTP listener is there: only behind a proxy that does TLS'),
    properties: z
      .strictObject({ port: wholeNumber(0, 65_535).prefault(9763).describe('Port; 0 takes a free one') })
      .prefault({}),
  }),
);

/** `[proxy]` */
export const ProxySettings = settings(
  'proxy',
  z.strictObject({
    trusted_proxies: z.array(z.string()).default([]).describe('Addresses whose X-Forwarded-For is believed'),
  }),
);

/** `[cors]` */
export const CorsSettings = settings(
  'cors',
  z.strictObject({
    allow_generic_http_requests: flag().prefault(true).describe('Whether requests without Origin pass'),
    allow_any_origin: flag().prefault(false).describe('Whether every origin is allowed (never with credentials)'),
    allowed_origins: z.array(z.string()).default([]).describe('Origins allowed beside those of the applications'),
    allow_subdomains: flag().prefault(false).describe('Whether subdomains of allowed_origins are allowed too'),
    supported_methods: z
      .array(z.string())
      .default(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])
      .describe('Methods that a preflight allows'),
    support_any_header: flag().prefault(true).describe('Whether a preflight allows the headers that are asked for'),
    supported_headers: z.array(z.string()).default([]).describe('Headers that a preflight allows otherwise'),
    exposed_headers: z.array(z.string()).default([]).describe('Answer headers that scripts may read'),
    supports_credentials: flag().prefault(true).describe('Whether scripts may send cookies'),
    max_age: z.int().default(-1).describe('Seconds for which a browser may keep a preflight; -1: not said'),
  }),
);

/** `[http_access_log]` */
export const AccessLogSettings = settings(
  'http_access_log',
  z.strictObject({
    enable_log: flag().prefault(true).describe('Whether requests are logged'),
    directory: z.string().default('logs').describe('Folder of the files; relative to the data folder'),
    prefix: z.string().default('http_access_').describe('Beginning of the file names, before the date'),
    suffix: z.string().default('.log').describe('End of the file names'),
    pattern: z
      .string()
      .default('%h %l %u %t %r %s %b "%{Referer}i" "%{User-Agent}i" %T')
      .describe('What a line says, in the tokens of Tomcat'),
  }),
);

/** `[log_correlation]` */
export const CorrelationSettings = settings(
  'log_correlation',
  z.strictObject({
    header: z.string().default('activityid').describe('Request header that carries the correlation id'),
    response_header: z.string().default('activityid').describe('Answer header that returns it; empty: none'),
  }),
);

/** `[rate_limit]` */
export const RateLimitSettings = settings(
  'rate_limit',
  z.strictObject({
    enable_limits: flag().prefault(true).describe('Whether credential endpoints are limited'),
    credentials_per_address: wholeNumber(1).prefault(200).describe('Tries of credentials from one address in a window'),
    credentials_per_account: wholeNumber(1).prefault(20).describe('Failed tries for one account in a window'),
    window: duration('s').prefault('1m').describe('Length of the window'),
  }),
);

/** `[security_headers]` */
export const SecurityHeaderSettings = settings(
  'security_headers',
  z.strictObject({
    hsts_max_age: duration('s').prefault('0s').describe('Strict-Transport-Security; 0: the header is not sent'),
  }),
);

/** `[carbon_health_check]` */
export const HealthSettings = settings(
  'carbon_health_check',
  z.strictObject({ enable: flag().prefault(true).describe('Whether /api/health-check/v1.0/health answers') }),
);

/** `[outbound_http]` */
export const OutboundHttpSettings = settings(
  'outbound_http',
  z.strictObject({
    private_hosts: z
      .array(z.string().toLowerCase())
      .default([])
      .describe('Hosts in private networks that may be asked all the same, over http too'),
    allow_http: flag().prefault(false).describe('Whether other servers may be asked without TLS'),
    ca_files: z.array(z.string()).default([]).describe('PEM files of further certificate authorities to trust'),
    connect_timeout: duration('ms').prefault('5s').describe('How long a connection may take to stand'),
    timeout: duration('ms').prefault('10s').describe('How long a whole exchange may take'),
    response_limit: wholeNumber(1024, 104_857_600).prefault(1_048_576).describe('Largest answer in bytes'),
  }),
);
