import { z } from 'zod';
import { flag, settings, token } from '#core/kernel';
import { CUSTOM_SCHEMA, LOCAL_DIALECT } from './claim-model.js';
import type { IdentityPlace } from './shipped-claims.js';

/** `[identity_mgt.claims]` */
export const HiddenClaimSettings = settings(
  'identity_mgt.claims',
  z.strictObject({
    hidden_claims: z
      .array(z.string().startsWith(LOCAL_DIALECT))
      .default([])
      .describe('Local claims that lists leave out when a client asks for lists without hidden claims'),
  }),
);

const GOVERNANCE_STORE = 'org.wso2.carbon.identity.governance.store';
const IDENTITY_PLACES: ReadonlyMap<string, IdentityPlace> = new Map([
  ['database', 'database'],
  ['user_store', 'user_store'],
  [`${GOVERNANCE_STORE}.JDBCIdentityDataStore`, 'database'],
  [`${GOVERNANCE_STORE}.UserStoreBasedIdentityDataStore`, 'user_store'],
]);

/** `[identity_datastore]` */
export const IdentityStoreSettings = settings(
  'identity_datastore',
  z.strictObject({
    datastore_type: z
      .enum([...IDENTITY_PLACES.keys()], {
        error: 'expected database or user_store; there is no other place that outlives the server',
      })
      .default('database')
      .describe(
        'Where values of identity claims are kept, unless a claim says otherwise: in the database, or in the user store. ' +
          'What the server reads at each sign-in is always in the database. The published class names mean the same',
      ),
  }),
);

/** The place that a value of `datastore_type` means. */
export const identityPlace = (type: string): IdentityPlace => IDENTITY_PLACES.get(type) ?? 'database';

/** `[identity_mgt.user_claim_update]` */
export const ClaimUpdateSettings = settings(
  'identity_mgt.user_claim_update',
  z.strictObject({
    enable_user_claim_input_regex_validation: flag()
      .prefault(false)
      .describe('Whether values of claims must match the regular expression of the claim'),
    enable_multiple_emails_and_mobile_numbers: flag()
      .prefault(false)
      .describe('Whether users may have several e-mail addresses and mobile numbers, where those claims are displayed'),
  }),
);

/** `[identity_mgt.user_claim_update.uniqueness]` */
export const ClaimUniquenessSettings = settings(
  'identity_mgt.user_claim_update.uniqueness',
  z.strictObject({
    enable: flag().prefault(false).describe('Whether values are unique where a claim says that they must be'),
  }),
);

/** `[scim2]`: what of it concerns claims. */
export const ScimClaimSettings = settings(
  'scim2',
  z.strictObject({
    custom_user_schema_uri: z
      .string()
      .regex(/^urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}(:[^\s:]+)+$/)
      .default(CUSTOM_SCHEMA)
      .describe('URI of the SCIM schema, and claim dialect, that takes attributes of your own'),
    return_conflict_on_claim_uniqueness_violation: flag()
      .prefault(true)
      .describe('Whether a value that another user has is answered with 409; else with 400'),
  }),
);

/** What the operator has said of claims. */
export interface ClaimOptions {
  /** URIs of claims that lists may leave out. */
  readonly hidden: ReadonlySet<string>;
  readonly checksPatterns: boolean;
  readonly severalAddresses: boolean;
  readonly checksUniqueness: boolean;
  /** Status for a value that another user has. */
  readonly duplicateStatus: 400 | 409;
}

/** Injection token of the options of claims. */
export const ClaimOptionsToken = token<ClaimOptions>('users.claim-options');
