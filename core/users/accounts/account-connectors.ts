import { z } from 'zod';
import { duration, flag, settings, wholeNumber } from '#core/kernel';
import { LOCAL_DIALECT } from '../claims/claim-model.js';
import { between, type ConnectorProperty, type GovernanceConnector } from '../governance/governance-connector.js';

/** Names of the connectors, which are the beginnings of the names of their properties. */
export const LOCK_HANDLER = 'account.lock.handler';
export const DISABLE_HANDLER = 'account.disable.handler';
export const IDLE_HANDLER = 'suspension.notification';
export const IDENTIFIER_HANDLER = 'multiattribute.login.handler';
/** Beginning of the properties of {@link IDENTIFIER_HANDLER}, which are called otherwise. */
export const IDENTIFIERS = 'account.multiattributelogin.handler';

/** `[identity_mgt.account_locking]`: what holds for organizations that have not decided. */
export const LockSettings = settings(
  'identity_mgt.account_locking',
  z.strictObject({
    enable_account_locking: flag().prefault(false).describe('Whether wrong passwords lock an account'),
    allowed_failed_attempts: wholeNumber(1, 100).prefault(5).describe('Wrong passwords after which it is locked'),
    auto_unlock_after: duration('m').prefault('5m').describe('How long the first lock lasts; 0: until it is opened'),
    auto_unlock_time_increment_ratio: wholeNumber(1, 100)
      .prefault(2)
      .describe('By how much each further lock lasts longer'),
  }),
);

const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;

/** `[identity_mgt.idle_accounts]` */
export const IdleSettings = settings(
  'identity_mgt.idle_accounts',
  z.strictObject({
    trigger_time: z
      .string()
      .regex(TIME_OF_DAY, { error: 'expected a time of day such as 20:00:00' })
      .default('20:00:00')
      .describe('Time of day (UTC) from which on idle accounts are looked at, once a day'),
  }),
);

/** `[identity_mgt.login_identifiers]`: what holds for organizations that have not decided. */
export const IdentifierSettings = settings(
  'identity_mgt.login_identifiers',
  z.strictObject({
    enable: flag().prefault(false).describe('Whether users sign in with other claims than the user name'),
    allowed_attributes: z
      .array(z.string().startsWith(LOCAL_DIALECT))
      .default([`${LOCAL_DIALECT}username`])
      .describe('Claims with which users sign in; each needs a regular expression'),
  }),
);

/** Defaults of the connectors. */
export interface AccountDefaults {
  readonly lock: z.output<(typeof LockSettings)['schema']>;
  readonly identifiers: z.output<(typeof IdentifierSettings)['schema']>;
}

const property = (
  name: string,
  type: ConnectorProperty['type'],
  value: string,
  [displayName, description]: readonly [string, string],
  problem?: ConnectorProperty['problem'],
): ConnectorProperty => ({ name, type, value, displayName, description, ...(problem ? { problem } : {}) });

/** The connectors of accounts. */
export function accountConnectors({ lock, identifiers }: AccountDefaults): readonly GovernanceConnector[] {
  return [
    lockConnector(lock),
    {
      name: DISABLE_HANDLER,
      category: 'Account Management',
      friendlyName: 'Account Disabling',
      order: 1,
      properties: [
        property(`${DISABLE_HANDLER}.enable`, 'boolean', 'false', [
          'Enable account disabling',
          'Lets administrators disable accounts',
        ]),
        property(`${DISABLE_HANDLER}.notification.manageInternally`, 'boolean', 'true', [
          'Manage notification sending internally',
          'Whether users get a mail when their account is disabled or enabled; off: somebody else tells them',
        ]),
      ],
    },
    idleConnector,
    {
      name: IDENTIFIER_HANDLER,
      category: 'Account Management',
      friendlyName: 'Login Identifiers',
      order: 3,
      properties: [
        property(`${IDENTIFIERS}.enable`, 'boolean', String(identifiers.enable), [
          'Enable login identifiers',
          'Lets users sign in with other claims than the user name',
        ]),
        property(
          `${IDENTIFIERS}.allowedattributes`,
          'string',
          identifiers.allowed_attributes.join(','),
          [
            'Allowed claims',
            'Local claim URIs, separated by commas; each but the user name needs a regular expression',
          ],
          claimList,
        ),
      ],
    },
  ];
}

function lockConnector(defaults: AccountDefaults['lock']): GovernanceConnector {
  const of = (name: string) => `${LOCK_HANDLER}.${name}`;
  const minutes = String(Math.round(defaults.auto_unlock_after / 60_000));
  return {
    name: LOCK_HANDLER,
    category: 'Login Attempts Security',
    friendlyName: 'Account Lock',
    order: 0,
    properties: [
      property(of('lock.on.max.failed.attempts.enable'), 'boolean', String(defaults.enable_account_locking), [
        'Lock user accounts on maximum failed attempts',
        'Locks an account after wrong passwords',
      ]),
      property(
        of('On.Failure.Max.Attempts'),
        'integer',
        String(defaults.allowed_failed_attempts),
        ['Maximum failed login attempts', 'Wrong passwords after which the account is locked'],
        between(1, 100),
      ),
      property(
        of('Time'),
        'integer',
        minutes,
        [
          'Initial account lock duration',
          'Minutes until a locked account opens by itself; 0: only by an administrator',
        ],
        between(0, 525_600),
      ),
      property(
        of('login.fail.timeout.ratio'),
        'integer',
        String(defaults.auto_unlock_time_increment_ratio),
        ['Account lock duration increment factor', 'By how much each further lock lasts longer'],
        between(1, 100),
      ),
      property(of('notification.manageInternally'), 'boolean', 'true', [
        'Manage notification sending internally',
        'Whether users get a mail when their account is locked or unlocked; off: somebody else tells them',
      ]),
      property(of('notification.notifyOnLockIncrement'), 'boolean', 'false', [
        'Notify user when lock time is increased',
        'Whether each further, longer lock is told, too, not only the first one',
      ]),
    ],
    refused: { [of('enable')]: `it is called ${of('lock.on.max.failed.attempts.enable')}` },
  };
}

const idleConnector: GovernanceConnector = {
  name: IDLE_HANDLER,
  category: 'Account Management',
  friendlyName: 'Lock Idle Accounts',
  order: 2,
  properties: [
    property(`${IDLE_HANDLER}.enable`, 'boolean', 'false', [
      'Lock idle accounts',
      'Locks accounts that nobody has signed in to for some time',
    ]),
    property(
      `${IDLE_HANDLER}.account.disable.delay`,
      'integer',
      '90',
      ['Lock account after', 'Days without a sign-in after which the account is locked'],
      between(1, 36_500),
    ),
    property(
      `${IDLE_HANDLER}.delays`,
      'string',
      '30,45,60,75',
      ['Send reminders after', 'Days without a sign-in after which the user is told, separated by commas'],
      (value) =>
        /^(\d{1,5}(\s*,\s*\d{1,5}){0,19})?$/.test(value.trim()) ? undefined : 'expected days such as 30,45,60',
    ),
  ],
  refused: {
    [`${IDLE_HANDLER}.trigger.time`]: 'the operator sets it: trigger_time of [identity_mgt.idle_accounts]',
    [`${IDLE_HANDLER}.date.format`]: 'the mail says in how many days it will be, not a date',
    [`${IDLE_HANDLER}.thread.pool.size`]: 'there are no threads to count: the work is done a part at a time',
  },
};

function claimList(value: string): string | undefined {
  const uris = value.split(',').map((uri) => uri.trim());
  return uris.every((uri) => uri.startsWith(LOCAL_DIALECT))
    ? undefined
    : 'expected local claim URIs, separated by commas';
}
