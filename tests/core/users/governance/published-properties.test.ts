import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { GOVERNANCE_CATEGORIES } from '../../../../core/users/governance/governance-connector.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const BASE = '/api/server/v1/identity-governance';
const id = (name: string) => Buffer.from(name).toString('base64url');

/** Where a property is shown to have an effect: a test, in this folder's parent, in which it is named. */
interface Effective {
  readonly usual: string;
  readonly test: string;
}
/** Or what is said to whoever sets it. */
interface Refused {
  readonly refusal: RegExp;
}
type Published = readonly [name: string, what: Effective | Refused];

const usual = (value: string, test: string): Effective => ({ usual: value, test: `${test}.test.ts` });
const refused = (refusal: RegExp): Refused => ({ refusal });
const lock = 'account.lock.handler';
const disable = 'account.disable.handler';
const idle = 'suspension.notification';
const identifiers = 'account.multiattributelogin.handler';

/** Properties that are published for the connectors of this part. */
const published: Readonly<Record<string, readonly Published[]>> = {
  [lock]: [
    [`${lock}.lock.on.max.failed.attempts.enable`, usual('false', 'accounts/account-lock')],
    [`${lock}.On.Failure.Max.Attempts`, usual('5', 'accounts/account-lock')],
    [`${lock}.Time`, usual('5', 'accounts/account-lock')],
    [`${lock}.login.fail.timeout.ratio`, usual('2', 'accounts/account-lock')],
    [`${lock}.notification.manageInternally`, usual('true', 'accounts/account-mails')],
    [`${lock}.notification.notifyOnLockIncrement`, usual('false', 'accounts/account-mails')],
    [`${lock}.enable`, refused(/lock\.on\.max\.failed\.attempts\.enable/)],
  ],
  [disable]: [
    [`${disable}.enable`, usual('false', 'accounts/account-lock')],
    [`${disable}.notification.manageInternally`, usual('true', 'accounts/account-mails')],
  ],
  [idle]: [
    [`${idle}.enable`, usual('false', 'accounts/idle-accounts')],
    [`${idle}.account.disable.delay`, usual('90', 'accounts/idle-accounts')],
    [`${idle}.delays`, usual('30,45,60,75', 'accounts/idle-accounts')],
    [`${idle}.trigger.time`, refused(/trigger_time of \[identity_mgt\.idle_accounts\]/)],
    [`${idle}.date.format`, refused(/how many days/)],
    [`${idle}.thread.pool.size`, refused(/no threads/)],
  ],
  'multiattribute.login.handler': [
    [`${identifiers}.enable`, usual('false', 'accounts/login-identifiers')],
    [`${identifiers}.allowedattributes`, usual('http://wso2.org/claims/username', 'accounts/login-identifiers')],
  ],
  passwordHistory: [
    ['passwordHistory.enable', usual('false', 'passwords/password-history')],
    ['passwordHistory.count', usual('5', 'passwords/password-history')],
  ],
  passwordExpiry: [
    ['passwordExpiry.enablePasswordExpiry', usual('false', 'passwords/password-expiry')],
    ['passwordExpiry.passwordExpiryInDays', usual('30', 'passwords/password-expiry')],
    ['passwordExpiry.skipIfNoApplicableRules', usual('false', 'passwords/password-expiry')],
    ['passwordExpiry.enforcementScope', usual('ORG_WIDE', 'passwords/password-expiry')],
  ],
  passwordPolicy: [
    ['passwordPolicy.enable', usual('false', 'passwords/validation-rules')],
    ['passwordPolicy.min.length', usual('6', 'passwords/validation-rules')],
    ['passwordPolicy.max.length', usual('64', 'passwords/validation-rules')],
    ['passwordPolicy.pattern', usual('^((?=.*\\d)(?=.*[a-z])(?=.*[A-Z])).*$', 'passwords/validation-rules')],
    [
      'passwordPolicy.errorMsg',
      usual('The password needs a digit, a lower case letter and an upper case letter.', 'passwords/validation-rules'),
    ],
    ['passwordPolicy.class.PasswordLengthPolicy', refused(/class of another server/)],
    ['passwordPolicy.class.PasswordNamePolicy', refused(/class of another server/)],
    ['passwordPolicy.class.PasswordPatternPolicy', refused(/class of another server/)],
  ],
};

/** A name without that of its connector: tests say the beginning once. */
const partOf = (name: string) =>
  [lock, disable, idle, identifiers, 'passwordHistory', 'passwordExpiry', 'passwordPolicy']
    .map((prefix) => (name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : undefined))
    .find((part) => part !== undefined) ?? name;

interface Connector {
  readonly name: string;
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

describe('published properties of governance connectors', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  const connectors = async () => {
    const found = new Map<string, { readonly path: string; readonly connector: Connector }>();
    for (const category of GOVERNANCE_CATEGORIES) {
      const path = `${BASE}/${id(category)}/connectors`;
      const { status, body } = await server.api<Connector[]>('GET', path);
      if (status !== 200) continue;
      for (const connector of body) found.set(connector.name, { path: `${path}/${id(connector.name)}`, connector });
    }
    return found;
  };

  it('are all there, with what is usual, and no others', async () => {
    const found = await connectors();
    for (const [name, properties] of Object.entries(published)) {
      const shown = found.get(name)?.connector.properties.map(({ name: one, value }) => [one, value]);
      const expected = properties.flatMap(([one, what]) => ('usual' in what ? [[one, what.usual]] : []));
      expect(shown, name).to.deep.equal(expected);
    }
  });

  it('have an effect that a test shows', () => {
    const texts = new Map<string, string>();
    const textOf = (test: string) => {
      const text = texts.get(test) ?? readFileSync(join('tests/core/users', test), 'utf8');
      texts.set(test, text);
      return text;
    };
    for (const properties of Object.values(published))
      for (const [name, what] of properties)
        if ('test' in what) expect(textOf(what.test), `${name} in ${what.test}`).to.contain(partOf(name));
  });

  it('are refused with what to do where they have none, like those that nobody knows', async () => {
    const found = await connectors();
    for (const [name, properties] of Object.entries(published)) {
      const path = found.get(name)?.path ?? '';
      const unknown = [`${name}.nothing`, refused(/has no property/)] as const;
      for (const [one, what] of [...properties, unknown]) {
        if (!('refusal' in what)) continue;
        const operation = { operation: 'UPDATE', properties: [{ name: one, value: 'true' }] };
        const { status, body } = await server.api('PATCH', path, operation);
        expect([status, body['code']], one).to.deep.equal([400, 'IDG-60001']);
        expect(body['description'], one).to.match(what.refusal);
      }
    }
  });
});
