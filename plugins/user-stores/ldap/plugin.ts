import { type CircuitBreakerPolicy, ConsecutiveBreaker, circuitBreaker, handleType } from 'cockatiel';
import { z } from 'zod';
import { OutboundHttpToken } from '#core/http';
import { ClockToken, definePlugin, flag, settings, wholeNumber } from '#core/kernel';
import { PRIMARY, type UserStoreManager, UserStoreManagers } from '#core/users';
import { DirectoryAway } from './connection/failures.js';
import { LdapUserStore } from './ldap-user-store.js';
import type { LdapSettings } from './settings/ldap-settings.js';
import { propertiesOf, type StoreKind, schemaOf } from './settings/schema.js';

/** `[user_store_commons]`: when a directory that does not answer is left alone. */
const UserStoreCommons = settings(
  'user_store_commons',
  z.strictObject({
    enable_circuit_breaker: flag()
      .prefault(false)
      .describe('Whether a directory that does not answer is left alone for a while, and errors come at once'),
    max_connection_retry_count: wholeNumber(1, 1000)
      .prefault(2)
      .describe('How many operations in a row must fail before it is left alone'),
    min_connection_retry_delay_in_milliseconds: wholeNumber(1)
      .prefault(60_000)
      .describe('How long it is left alone, in milliseconds; then one operation tries whether it is back'),
  }),
);

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
  settings: [UserStoreCommons],
  setup({ container, contribute, settings: read }) {
    const clock = container.get(ClockToken);
    const outbound = () => container.get(OutboundHttpToken);
    const breaker = (): CircuitBreakerPolicy | undefined => {
      const commons = read(UserStoreCommons);
      if (!commons.enable_circuit_breaker) return undefined;
      return circuitBreaker(handleType(DirectoryAway), {
        halfOpenAfter: commons.min_connection_retry_delay_in_milliseconds,
        breaker: new ConsecutiveBreaker(commons.max_connection_retry_count),
      });
    };
    for (const { type, className, ...kind } of KINDS) {
      const schema: z.ZodType<LdapSettings> = schemaOf(kind);
      const manager: UserStoreManager<z.ZodType<LdapSettings>> = {
        type,
        className,
        serves: 'one',
        properties: propertiesOf(kind),
        settings: schema,
        async open(parsed, opened) {
          // What the operator has written down may lie anywhere; what organizations add may not reach into the network.
          const isPrimary = opened.domain === PRIMARY;
          const addressOf = async (host: string) => (isPrimary ? host : outbound().addressOf(host));
          const server = { clock, logger: opened.logger, addressOf, authorities: outbound().authorities };
          return new LdapUserStore(parsed, opened, server, breaker());
        },
      };
      contribute(UserStoreManagers, type, manager);
    }
  },
});
