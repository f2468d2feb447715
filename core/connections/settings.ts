import { z } from 'zod';
import { duration, flag, settings, wholeNumber } from '#core/kernel';

/** `[oauth.jwks_endpoint]`: how keys of others are fetched. */
export const RemoteKeySettings = settings(
  'oauth.jwks_endpoint',
  z.strictObject({
    enable: flag()
      .prefault(true)
      .describe(
        'Whether signatures of token issuers are checked with the keys at their JWKS address, if they have one',
      ),
    enforce_certificate_expiry_time_validity: flag()
      .prefault(true)
      .describe('Whether a certificate of a token issuer counts only while it is valid'),
    connection_timeout: duration('ms').prefault('1s').describe('How long a connection to such an address may take'),
    read_timeout: duration('ms').prefault('1s').describe('How long its answer may take once the connection stands'),
    size_limit_bytes: wholeNumber(1024, 1_048_576).prefault(51_200).describe('Largest key set in bytes'),
  }),
);

/** `[token_exchange.implicit_association]` */
export const ImplicitAssociationSettings = settings(
  'token_exchange.implicit_association',
  z.strictObject({
    include_primary_when_secondary_present: flag()
      .prefault(true)
      .describe('Whether users of the primary store are looked through too when there are other stores'),
  }),
);
