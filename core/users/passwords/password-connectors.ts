import { patternProblem } from '../claims/safe-pattern.js';
import { between, type ConnectorProperty, type GovernanceConnector } from '../governance/governance-connector.js';
import { expiryRule } from './expiry-rules.js';

/** Names of the connectors, which are the beginnings of the names of their properties. */
export const HISTORY = 'passwordHistory';
export const EXPIRY = 'passwordExpiry';
export const POLICY = 'passwordPolicy';
/** Most passwords that are remembered: each costs a hash when a password is set. */
const MOST_REMEMBERED = 24;

/** Beginning of the names of the rules of expiry. */
export const RULE_PREFIX = `${EXPIRY}.rule`;
const RULE = /^passwordExpiry\.rule[1-9]\d{0,2}$/;

/** Connectors of passwords. */
export const passwordConnectors: readonly GovernanceConnector[] = [
  {
    name: HISTORY,
    category: 'Password Policies',
    friendlyName: 'Password History',
    order: 0,
    properties: [
      {
        name: `${HISTORY}.enable`,
        type: 'boolean',
        value: 'false',
        displayName: 'Validate password history',
        description: 'Whether passwords that were used before are refused',
      },
      {
        name: `${HISTORY}.count`,
        type: 'integer',
        value: '5',
        displayName: 'Password history validation count',
        description: 'How many of the last passwords are refused',
        problem: between(1, MOST_REMEMBERED),
      },
    ],
  },
  {
    name: EXPIRY,
    category: 'Password Policies',
    friendlyName: 'Password Expiration',
    order: 1,
    properties: [
      {
        name: `${EXPIRY}.enablePasswordExpiry`,
        type: 'boolean',
        value: 'false',
        displayName: 'Enable password expiration',
        description: 'Whether passwords expire',
      },
      {
        name: `${EXPIRY}.passwordExpiryInDays`,
        type: 'integer',
        value: '30',
        displayName: 'Password expiration in days',
        description: 'Days after which a password expires, when no rule says otherwise',
        problem: between(1, 36_500),
      },
      {
        name: `${EXPIRY}.skipIfNoApplicableRules`,
        type: 'boolean',
        value: 'false',
        displayName: 'Skip password expiration if no rule applies',
        description: 'Whether passwords of users to whom no rule applies never expire',
      },
      {
        name: `${EXPIRY}.enforcementScope`,
        type: 'string',
        value: 'ORG_WIDE',
        displayName: 'Enforcement scope',
        description:
          'ORG_WIDE: at every sign-in; APP_WITH_ENFORCER: only where an application has the step password-reset-enforcer',
        problem: (value) =>
          value === 'ORG_WIDE' || value === 'APP_WITH_ENFORCER' ? undefined : 'expected ORG_WIDE or APP_WITH_ENFORCER',
      },
    ],
    numbered: (name) => (RULE.test(name) ? { ...ruleProperty, name } : undefined),
  },
  {
    name: POLICY,
    category: 'Password Policies',
    friendlyName: 'Password Patterns',
    order: 2,
    properties: policyProperties(),
    refused: Object.fromEntries(
      ['PasswordLengthPolicy', 'PasswordNamePolicy', 'PasswordPatternPolicy'].map((name) => [
        `${POLICY}.class.${name}`,
        'it names a class of another server; use min.length, max.length, pattern, or the validation rules',
      ]),
    ),
  },
];

const ruleProperty: Omit<ConnectorProperty, 'name'> = {
  type: 'string',
  value: '',
  displayName: 'Password expiration rule',
  description: 'priority,expiryDays,groups|roles,eq|ne,id1,...',
  problem: (value) => (expiryRule(value) ? undefined : 'expected priority,expiryDays,groups|roles,eq|ne,id1,...'),
};

/** The older policy: the rules of `validation-rules` have taken its place, but it holds where it is switched on. */
function policyProperties(): readonly ConnectorProperty[] {
  const of = (
    name: string,
    type: ConnectorProperty['type'],
    value: string,
    displayName: string,
    description: string,
    problem?: ConnectorProperty['problem'],
  ): ConnectorProperty => ({
    name: `${POLICY}.${name}`,
    type,
    value,
    displayName,
    description,
    ...(problem ? { problem } : {}),
  });
  const length = between(0, 1024);
  return [
    of('enable', 'boolean', 'false', 'Validate passwords by a pattern', 'Whether this older policy holds'),
    of('min.length', 'integer', '6', 'Minimum length', 'Characters that a password has at least', length),
    of('max.length', 'integer', '64', 'Maximum length', 'Characters that a password has at most', length),
    of(
      'pattern',
      'string',
      '^((?=.*\\d)(?=.*[a-z])(?=.*[A-Z])).*$',
      'Pattern',
      'Regular expression that a password has to match',
      patternProblem,
    ),
    of(
      'errorMsg',
      'string',
      'The password needs a digit, a lower case letter and an upper case letter.',
      'Error message',
      'What is said of a password that does not match the pattern',
    ),
  ];
}
