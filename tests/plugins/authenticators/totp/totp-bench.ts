import { fileURLToPath } from 'node:url';
import { Secret, TOTP } from 'otpauth';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { type User, UserServiceToken } from '#core/users';
import { createApplication } from '../../../support/applications.js';
import type { Browser, Page } from '../../../support/browser.js';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import { startTestServer, type TestServer, type TestServerOptions } from '../../../support/test-server.js';

/** Password of every user here. */
export const PASSWORD = 'Correct-horse-1';
const face = fileURLToPath(new URL('../../../fixtures/sign-in-face', import.meta.url));

/** What a page would show. */
export interface ShownPrompt {
  readonly page: string;
  readonly fields: readonly { readonly name: string; readonly type: string; readonly autocomplete?: string }[];
  readonly data?: { readonly qr?: string; readonly secret?: string; readonly uri?: string; readonly message?: string };
}

/** The code that an app shows for a secret. */
export function codeOf(secret: string, now: number, period = 30): string {
  return new TOTP({ secret: Secret.fromBase32(secret), period }).generate({ timestamp: now });
}

/** Another code than that. */
export const otherThan = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

/** A server with an application whose second step is TOTP. */
export class TotpBench {
  private constructor(
    readonly server: TestServer,
    readonly clock: HeldClock,
    readonly app: string,
  ) {}

  static async start(options: TestServerOptions = {}): Promise<TotpBench> {
    const clock = heldClock();
    const server = await startTestServer({ ...options, clock, plugins: { folders: [face] } });
    const model = { name: 'two steps', authenticationSequence: twoSteps('totp') };
    return new TotpBench(server, clock, await createApplication(server, model));
  }

  /** A further node of the same server, with the same time. */
  async beside(options: TestServerOptions = {}): Promise<TestServer> {
    return startTestServer({ ...options, clock: this.clock, beside: this.server, plugins: { folders: [face] } });
  }

  user(username: string): Promise<User> {
    return this.server.server.container
      .get(UserServiceToken)
      .create(SUPER_ORGANIZATION.id, { username, password: PASSWORD });
  }

  /** Passes the first step. Returns where the second one is. */
  async firstStep(browser: Browser, username: string): Promise<{ page: Page; key: string }> {
    const login = await browser.get(`/test-face?app=${this.app}`);
    const page = await browser.post('/commonauth', { sessionDataKey: keyIn(login), username, password: PASSWORD });
    return { page, key: keyIn(page) };
  }

  answer(browser: Browser, key: string, token: string): Promise<Page> {
    return browser.post('/commonauth', { sessionDataKey: key, token });
  }

  async prompt(browser: Browser, key: string): Promise<ShownPrompt> {
    const page = await browser.get(`/test-face/prompt?sessionDataKey=${encodeURIComponent(key)}`);
    return JSON.parse(page.text) as ShownPrompt;
  }

  /** Enrols a user on the way. Returns the secret; time has gone on, so that the next code is a fresh one. */
  async enrol(username: string): Promise<string> {
    const browser = this.server.browser();
    const { key } = await this.firstStep(browser, username);
    const secret = String((await this.prompt(browser, key)).data?.secret);
    const page = await this.answer(browser, key, this.code(secret));
    if (!page.text.includes('"passed"')) throw new Error(`not enrolled: ${page.url} ${page.text}`);
    this.clock.advance(90_000);
    return secret;
  }

  code(secret: string): string {
    return codeOf(secret, this.clock.now());
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

/** A sequence of password and another authenticator. */
const twoSteps = (second: string) => ({
  type: 'USER_DEFINED',
  steps: ['BasicAuthenticator', second].map((authenticator, index) => ({
    id: index + 1,
    options: [{ idp: 'LOCAL', authenticator }],
  })),
});

/** `sessionDataKey` in the address of a page. */
export const keyIn = (page: Page) => new URL(page.url).searchParams.get('sessionDataKey') ?? '';
/** Failure in the address of a page. */
export const failureIn = (page: Page) => new URL(page.url).searchParams.get('authFailureMsg');

/** A sign-in of a user, for whoever asks the authenticator itself. */
export const flowOf = (user: User, now: number) => ({
  id: 'flow',
  expiresAt: now + 60_000,
  orgId: user.orgId,
  application: {} as never,
  user,
  identifier: undefined,
  passed: [],
  loginHint: undefined,
  ip: '127.0.0.1',
});
