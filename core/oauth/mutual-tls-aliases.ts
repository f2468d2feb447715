import type { OAuthOptions } from './options.js';

/** Endpoints that have an address of their own for clients with certificates. */
const aliased = ['token_endpoint', 'pushed_authorization_request_endpoint'];

/** The address of an endpoint at the host for clients with certificates; undefined when there is no such host. */
export function mutualTlsAlias({ mtls_aliases: aliases }: OAuthOptions, address: string): string | undefined {
  if (!aliases.enabled || !aliases.hostname) return aliases.enabled ? address : undefined;
  const url = new URL(address);
  // With a port of its own, or on the usual one of HTTPS.
  return `https://${aliases.hostname}${url.pathname}`;
}

/** `mtls_endpoint_aliases` of a discovery document (RFC 8705 §5); undefined when `[oauth.mtls_aliases]` is off. */
export function mutualTlsAliases(
  options: OAuthOptions,
  document: Readonly<Record<string, unknown>>,
): Record<string, string> | undefined {
  if (!options.mtls_aliases.enabled) return undefined;
  return Object.fromEntries(
    aliased.flatMap((name) => {
      const alias = typeof document[name] === 'string' ? mutualTlsAlias(options, document[name]) : undefined;
      return alias === undefined ? [] : [[name, alias]];
    }),
  );
}
