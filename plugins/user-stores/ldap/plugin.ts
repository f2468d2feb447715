import type { z } from 'zod';
import { OutboundHttpToken } from '#core/http';
import { ClockToken, definePlugin } from '#core/kernel';
import { type UserStoreManager, UserStoreManagers } from '#core/users';
import { LdapUserStore } from './ldap-user-store.js';
import type { LdapSettings } from './settings/ldap-settings.js';
import { primaryDefaultsOf, propertiesOf, type StoreKind, schemaOf } from './settings/schema.js';

/** Types, as `[user_store] type` names them, and class names, as the user-store API does. */
const KINDS: readonly (StoreKind & { readonly type: string; readonly className: string })[] = [
  ['read_only_ldap', 'ReadOnlyLDAPUserStoreManager', 'read-only'] as const,
  ['read_write_ldap', 'ReadWriteLDAPUserStoreManager', 'read-write'] as const,
  ['active_directory', 'ActiveDirectoryUserStoreManager', 'active-directory'] as const,
].flatMap(([type, className, kind]) => [
  { type: `${type}_unique_id`, className: `UniqueID${className}`, kind, uniqueIds: true },
  { type, className, kind, uniqueIds: false },
]);

export default definePlugin({
  id: 'user-store.ldap',
  requires: ['core.users'],
  setup({ container, contribute }) {
    const clock = container.get(ClockToken);
    const outbound = () => container.get(OutboundHttpToken);
    for (const { type, className, ...kind } of KINDS) {
      const schema: z.ZodType<LdapSettings> = schemaOf(kind);
      const manager: UserStoreManager<z.ZodType<LdapSettings>> = {
        type,
        className,
        serves: 'one',
        properties: propertiesOf(kind),
        primaryDefaults: primaryDefaultsOf(kind),
        settings: schema,
        async open(parsed, opened) {
          const { logger, addressOf = async (host: string) => host } = opened;
          const { authorities } = outbound();
          return new LdapUserStore(parsed, opened, { clock, logger, addressOf, authorities });
        },
      };
      contribute(UserStoreManagers, type, manager);
    }
  },
});
