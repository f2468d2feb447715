import { z } from 'zod';
import { flag, type Settings, settings } from '#core/kernel';

/** Grants of the published contract that are not here, and why. By name of their table below `[oauth.grant_type]`. */
const ABSENT: Readonly<Record<string, string>> = {
  iwa_ntlm: 'this server takes no Windows tokens (NTLM)',
  kerberos: 'this server takes no Kerberos tickets',
  account_switch: 'accounts of users cannot be tied together here',
  saml_bearer: 'this server does not read SAML assertions yet',
};

/** Tables of grants that are not here: they can be switched off, as existing configurations do, but not on. */
export const AbsentGrantSettings: readonly Settings<unknown>[] = Object.entries(ABSENT).map(([name, reason]) =>
  settings(
    `oauth.grant_type.${name}`,
    z.strictObject({
      enable: flag()
        .prefault(false)
        .refine((enabled) => !enabled, { error: reason })
        .describe(`Not supported: ${reason}`),
    }),
  ),
);
