import { z } from 'zod';
import { flag, settings, wholeNumber } from '#core/kernel';
import { PRIMARY_TABLE } from './primary-settings.js';

/** `[user_store]`; the keys beside `type` belong to the user-store manager. */
export const UserStoreSettings = settings(
  PRIMARY_TABLE,
  z.looseObject({
    type: z.string().default('database_unique_id').describe('Kind of the primary user store'),
    properties: z
      .unknown()
      .describe('Settings by their published names, such as properties.CaseInsensitiveUsername; they win')
      .optional(),
  }),
);

/** `[user_store_mgt]` */
export const StoreManagementSettings = settings(
  'user_store_mgt',
  z.strictObject({
    allowed_user_stores: z
      .array(z.string())
      .optional()
      .describe('Kinds that secondary stores may be of, by type or class name; all when absent'),
    max_user_stores: wholeNumber(0, 1000).prefault(50).describe('Secondary stores of one organization at most'),
    private_hosts: z
      .array(z.string().toLowerCase())
      .default([])
      .describe('Hosts in private networks that the secondary stores of every organization may name'),
    allow_private_hosts: z
      .enum(['root', 'all', 'none'])
      .default('root')
      .describe(
        'Whose secondary stores may name any host in private networks: those of the super tenant, of every organization, of none',
      ),
  }),
);

/** `[user_store_commons]` */
export const StoreCommonsSettings = settings(
  'user_store_commons',
  z.strictObject({
    enable_circuit_breaker: flag()
      .prefault(false)
      .describe('Whether a store that cannot be reached is left alone for a while'),
    max_connection_retry_count: wholeNumber(1, 1000)
      .prefault(2)
      .describe('How many failures in a row it takes for that'),
    min_connection_retry_delay_in_milliseconds: wholeNumber(0, 86_400_000)
      .prefault(60_000)
      .describe('How long it is left alone'),
  }),
);
