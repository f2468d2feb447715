import { expect } from 'chai';
import { slapdPrimary } from '../support/directory-stores.js';
import { type CheckResult, checkScim } from '../support/scim-checker.js';
import { servicesOf, skipWithout } from '../support/services.js';
import { privateSlapd } from '../support/slapd.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const CUSTOM = 'urn:scim:schemas:extension:custom:User';

/**
 * Attributes whose values have a form of their own, or that a fresh server refuses. The checker writes any text into
 * each attribute of a user at once, so one of them would hide all others: the checker is not told of them.
 */
const UNFIT = [
  // A day, and a time in milliseconds.
  ...['dateOfBirth', 'unlockTime'],
  // Off until it is switched on.
  'accountDisabled',
  ...['emailAddresses', 'verifiedEmailAddresses', 'mobileNumbers', 'verifiedMobileNumbers'],
];

type Known = readonly [check: RegExp, found: RegExp, reason: string];

/** Checks that fail, each with the reason why the server is to stay as it is. */
const KNOWN: readonly Known[] = [
  [
    /attribute$/,
    /for '(members|users|groups)'/,
    'display is answered, which is read-only and so not sent by the checker',
  ],
  [/./, /There is no application|The audience must be/, 'the audience of a role exists; the checker makes one up'],
  [/./, /is no scope that an API resource/, 'permissions of a role are scopes; the checker makes some up'],
  [
    /attribute$/,
    /Attribute audience cannot be modified/,
    'a role that was made without an audience has one, and it stays',
  ],
  [
    /attribute$/,
    /(for|remove attribute) 'urn:scim:wso2:schema'/,
    'what the server itself keeps of an account stands in the same extension, and stays',
  ],
  [/^search/, /searching several resource types at once is not supported/, 'kinds are searched one at a time'],
];
const KNOWN_OF_DIRECTORIES: readonly Known[] = [
  ...KNOWN,
  [/^check_remove/, /did not remove attribute 'name'/, 'a person in a directory always has a surname'],
];

describe('the independent SCIM checker', function () {
  this.timeout(600_000);
  before(servicesOf('scim2'));

  it('finds nothing on the SQL store but what the contract wants otherwise', async () => {
    await checked(`[user_store]\nrolename_java_regex = '^[\\S]{3,60}$'`, KNOWN, UNFIT);
  });

  it('nor on an LDAP directory', async function () {
    skipWithout(this, 'slapd');
    const slapd = await privateSlapd();
    try {
      // In a directory a manager is a name of an entry.
      await checked(slapdPrimary(slapd), KNOWN_OF_DIRECTORIES, [...UNFIT, 'manager']);
    } finally {
      await slapd.stop();
    }
  });
});

async function checked(toml: string, known: readonly Known[], unfit: readonly string[]): Promise<void> {
  const server = await startTestServer({ toml });
  try {
    await prepare(server);
    const results = await checkScim(server, unfit);
    const unknown = results.filter((one) => one.status !== 'SUCCESS' && !isKnown(known, one));
    expect(unknown, JSON.stringify(unknown, null, 1)).to.deep.equal([]);
    expect(results.filter(({ status }) => status === 'SUCCESS').length).to.be.above(150);
    for (const [, found, reason] of known)
      expect(
        results.some((one) => one.status !== 'SUCCESS' && found.test(one.reason)),
        reason,
      ).to.equal(true);
  } finally {
    await server.stop();
  }
}

const isKnown = (known: readonly Known[], { check, reason }: CheckResult) =>
  known.some(([checks, found]) => checks.test(check) && found.test(reason));

/** Lets passwords be any text, and gives users an attribute of their own. */
async function prepare(server: TestServer): Promise<void> {
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await server.api(method, `/api/server/v1${path}`, body);
    expect(answer.status, `${path} ${JSON.stringify(answer.body)}`).to.be.below(300);
  };
  const rules = [{ validator: 'LengthValidator', properties: [{ key: 'min.length', value: '8' }] }];
  await call('PUT', '/validation-rules/password', { rules });
  const claimURI = 'http://wso2.org/claims/badge';
  const attributeMapping = [{ mappedAttribute: 'employeeType', userstore: 'PRIMARY' }];
  await call('POST', '/claim-dialects/local/claims', { claimURI, displayName: 'Badge', attributeMapping });
  await call('POST', `/claim-dialects/${idOf(CUSTOM)}/claims`, {
    claimURI: `${CUSTOM}:badge`,
    mappedLocalClaimURI: claimURI,
  });
}

const idOf = (uri: string) => Buffer.from(uri).toString('base64url');
