import { expect } from 'chai';
import { type Authenticator, type AuthenticatorFlow, AuthenticatorRegistryToken } from '#core/authentication';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { type User, UserServiceToken } from '#core/users';
import { type HeldClock, heldClock } from '../support/held-clock.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

/** Password of the users whom the contract is tried with. */
export const CONTRACT_PASSWORD = 'Contract-pass-1';

/** What the suite hands to the subject. */
export interface ContractBench {
  readonly server: TestServer;
  readonly clock: HeldClock;
  readonly authenticator: Authenticator;
  readonly user: User;
  flow(change?: Partial<AuthenticatorFlow>): AuthenticatorFlow;
}

/** An authenticator that the contract is tried on. */
export interface ContractSubject {
  /** Name under which it is contributed. */
  readonly name: string;
  readonly toml?: string;
  /** What the user has to enter to pass. */
  right(bench: ContractBench): Promise<Readonly<Record<string, string>>>;
  /** What is as good as right but is not; with `username` as given, when the authenticator asks for one. */
  wrong(bench: ContractBench, username: string): Promise<Readonly<Record<string, string>>>;
}

const hostile = [
  '',
  ' ',
  '\0',
  "' OR '1'='1",
  '%s%n{{7*7}}',
  '../../etc/passwd',
  '<script>alert(1)</script>',
  '__proto__',
  '\ud800',
  '١٢٣٤٥٦',
  '-1',
  '1e309',
  'x'.repeat(200_000),
];

/** What every authenticator has to keep, whoever wrote it. */
export function authenticatorContract(subject: ContractSubject): void {
  describe(`the contract of authenticators, kept by ${subject.name}`, () => {
    let bench: ContractBench;
    before(async () => {
      bench = await benchOf(subject);
    });
    after(() => bench?.server.stop());
    asking(subject, () => bench);
    deciding(subject, () => bench);
    keepingQuiet(subject, () => bench);
  });
}

/** What it asks. */
function asking(subject: ContractSubject, bench: () => ContractBench): void {
  it('stands under its own name and says what it is', () => {
    const { name, displayName, kind, tags } = bench().authenticator;
    expect(name).to.equal(subject.name);
    expect(displayName).to.match(/\S/);
    expect(kind).to.be.oneOf(['LOCAL', 'FEDERATED']);
    for (const tag of tags) expect(tag).to.match(/\S/);
  });

  it('asks the same however often and from however many pages it is asked', async () => {
    const { authenticator } = bench();
    const flow = bench().flow();
    const first = await authenticator.begin(flow);
    expect(await authenticator.begin(flow)).to.deep.equal(first);
    const fresh = bench().flow({ id: 'another-sign-in' });
    const [one, ...others] = await Promise.all(Array.from({ length: 5 }, () => authenticator.begin(fresh)));
    for (const other of others) expect(other).to.deep.equal(one);
  });

  it('asks in plain data that a page and an app can show', async () => {
    for (const user of [bench().user, undefined]) {
      const prompt = await bench().authenticator.begin(bench().flow({ user }));
      expect(JSON.parse(JSON.stringify(prompt))).to.deep.equal(prompt);
      expect(prompt.page).to.match(/^[a-z][a-z0-9_-]*$/);
      const names = prompt.fields.map((field) => field.name);
      expect(new Set(names).size).to.equal(names.length);
      for (const field of prompt.fields) {
        expect(field.name).to.match(/^[A-Za-z][\w-]*$/);
        expect(field.type).to.be.oneOf(['text', 'password', 'code', 'checkbox']);
        expect(field.label).to.match(/^[a-z][a-z0-9.-]*$/);
      }
      for (const value of Object.values(prompt.data ?? {})) expect(value).to.be.a('string');
    }
  });
}

/** What it makes of answers. */
function deciding(subject: ContractSubject, bench: () => ContractBench): void {
  it('lets the right user pass with the right input', async () => {
    const flow = bench().flow({ id: 'right-input', user: bench().authenticator.needsUser ? bench().user : undefined });
    const outcome = await bench().authenticator.verify(flow, await subject.right({ ...bench(), flow: () => flow }));
    expect(outcome.outcome).to.equal(bench().authenticator.identifiesOnly ? 'identified' : 'authenticated');
    if (outcome.outcome === 'authenticated') expect(outcome.user).to.deep.equal(bench().user);
  });

  it('says of what it rejects why, to the user by a key and to the log by a reason', async () => {
    if (bench().authenticator.identifiesOnly) return;
    const flow = bench().flow({ user: bench().authenticator.needsUser ? bench().user : undefined });
    const outcome = await bench().authenticator.verify(flow, await subject.wrong(bench(), bench().user.username));
    expect(outcome.outcome).to.equal('rejected');
    if (outcome.outcome !== 'rejected') return;
    expect(outcome.code).to.match(/^[a-z0-9]+(\.[a-z0-9]+)+$/);
    expect(outcome.reason).to.match(/^[a-z_]+$/);
  });

  it('neither throws nor authenticates on hostile input', async () => {
    const { authenticator } = bench();
    const flow = bench().flow({ id: 'hostile-input', user: authenticator.needsUser ? bench().user : undefined });
    const { fields } = await authenticator.begin(flow);
    const names = [...fields.map((field) => field.name), 'username', 'password', 'token', '__proto__', 'constructor'];
    const inputs = [
      {},
      ...hostile.map((text) => Object.fromEntries(names.map((name) => [name, text]))),
      ...names.flatMap((name) => hostile.slice(0, 4).map((text) => Object.fromEntries([[name, text]]))),
    ];
    for (const input of inputs) {
      const { outcome } = await authenticator.verify(flow, input);
      expect(outcome).to.be.oneOf(['rejected', 'refused', 'continue', 'identified']);
    }
  });
}

/** Whom it may know. */
function keepingQuiet(subject: ContractSubject, bench: () => ContractBench): void {
  it('does without a user only when it says so', async () => {
    if (!bench().authenticator.needsUser) return;
    for (const identifier of [undefined, bench().user.username]) {
      const flow = bench().flow({ id: `without-user-${identifier}`, user: undefined, identifier });
      expect((await bench().authenticator.begin(flow)).fields).to.deep.equal([]);
      const { outcome } = await bench().authenticator.verify(flow, await subject.wrong(bench(), bench().user.username));
      expect(outcome).to.be.oneOf(['rejected', 'refused']);
      expect(await bench().authenticator.applies?.(flow)).to.not.equal(false);
    }
  });

  it('never tells whether a user exists', async () => {
    if (bench().authenticator.needsUser) return;
    const ask = async (name: string) => {
      const flow = bench().flow({ user: undefined });
      const outcome = await bench().authenticator.verify(flow, await subject.wrong(bench(), name));
      const shown = outcome.outcome === 'rejected' ? outcome.code : undefined;
      const prompt = await bench().authenticator.begin(bench().flow({ user: undefined, identifier: name }));
      return JSON.stringify([outcome.outcome, shown, prompt]).replaceAll(name, 'NAME');
    };
    expect(await ask('nobody-of-that-name')).to.equal(await ask(bench().user.username));
  });
}

async function benchOf(subject: ContractSubject): Promise<ContractBench> {
  const clock = heldClock();
  const server = await startTestServer({ clock, ...(subject.toml === undefined ? {} : { toml: subject.toml }) });
  const { container } = server.server;
  const orgId = SUPER_ORGANIZATION.id;
  const user = await container
    .get(UserServiceToken)
    .create(orgId, { username: 'contract-user', password: CONTRACT_PASSWORD });
  const flow = (change: Partial<AuthenticatorFlow> = {}): AuthenticatorFlow => ({
    id: 'sign-in',
    expiresAt: clock.now() + 600_000,
    orgId,
    application: {} as AuthenticatorFlow['application'],
    user,
    identifier: undefined,
    passed: [],
    loginHint: undefined,
    ip: '127.0.0.1',
    ...change,
  });
  return { server, clock, authenticator: container.get(AuthenticatorRegistryToken).get(subject.name), user, flow };
}
