import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { UnavailableError } from '#core/kernel';
import type { UserStore } from '../stores/user-store.js';
import type { User } from '../user.js';
import { located, UserLocator } from '../user-locator.js';
import type { AccountRefusal } from '../user-rules.js';
import { AccountChecks } from './account-checks.js';
import { LoginIdentifiers } from './login-identifiers.js';

/** What an attempt to sign in by password came to. */
export type AuthenticationOutcome =
  | { readonly outcome: 'authenticated'; readonly user: User }
  | {
      readonly outcome: 'rejected';
      readonly reason: 'unknown_user' | 'bad_credential' | AccountRefusal['reason'];
      /** Of a lock, where somebody has said why. */
      readonly lockedReason?: string | undefined;
      readonly user?: User;
    };

/** How a password is taken. */
export interface SignInOptions {
  /** The name is what a user typed to sign in: any login identifier of the organization, not only the user name. */
  readonly identifier?: boolean;
  /** A right password that has expired is no reason to refuse: the caller lets the user set another one first. */
  readonly acceptsExpired?: boolean;
}

/** Checks passwords. */
@injectable()
export class PasswordSignIns {
  constructor(
    @inject(UserLocator) private readonly locator: UserLocator,
    @inject(AccountChecks) private readonly accounts: AccountChecks,
    @inject(LoginIdentifiers) private readonly identifiers: LoginIdentifiers,
  ) {}

  /** See `UserService.findBySignInName`. */
  async find(orgId: string, typed: string): Promise<User | undefined> {
    const name = await this.identifiers.nameOf(orgId, typed);
    return name === undefined ? undefined : (await this.locator.byUsername(orgId, name))?.user;
  }

  /** See `UserService.authenticate`. */
  async authenticate(
    orgId: string,
    typed: string,
    password: string,
    options: SignInOptions = {},
  ): Promise<AuthenticationOutcome> {
    // Who fits no user, or several, is looked for under a name that nobody has.
    const name = options.identifier ? ((await this.identifiers.nameOf(orgId, typed)) ?? uuid()) : typed;
    const { stores, username } = await this.locator.named(orgId, name);
    let rejected: Rejected = { outcome: 'rejected', reason: 'unknown_user' };
    let away: UnavailableError | undefined;
    for (const store of stores) {
      try {
        const outcome = await this.#tryStore({ orgId, store, username, password, options });
        if (outcome.outcome === 'authenticated') return outcome;
        const says = rejected.user && rejected.reason !== 'bad_credential';
        if (outcome.user && !says) rejected = outcome;
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        away ??= error;
      }
    }
    if (away && !rejected.user) throw away;
    if (rejected.user && rejected.reason === 'bad_credential') await this.accounts.failed(rejected.user);
    return rejected;
  }

  async #tryStore({ orgId, store, username, password, options }: StoreTry): Promise<AuthenticationOutcome> {
    const { credentials, lookup } = store;
    if (!credentials) return { outcome: 'rejected', reason: 'unknown_user' };
    const begun = await this.accounts.begin(orgId, async () => {
      const user = await lookup.byUsername(orgId, username);
      return user && located(orgId, user, store).user;
    });
    const found = await credentials.verify(orgId, username, password).catch(async (error: unknown) => {
      await begun.over('unknown');
      throw error;
    });
    // A store that says more than that the password is wrong has found it right.
    const isWrong =
      found.outcome === 'rejected' && (found.reason === 'bad_credential' || found.reason === 'unknown_user');
    await begun.over(isWrong ? 'wrong' : 'right');
    if (!found.user) return { outcome: 'rejected', reason: 'unknown_user' };
    const { user } = located(orgId, found.user, store);
    if (begun.refusal) return { outcome: 'rejected', ...begun.refusal, user };
    if (found.outcome === 'accepted' || (found.reason === 'password_expired' && options.acceptsExpired))
      return this.#judged(user, options);
    return { outcome: 'rejected', reason: found.reason === 'unknown_user' ? 'bad_credential' : found.reason, user };
  }

  async #judged(user: User, options: SignInOptions): Promise<AuthenticationOutcome> {
    const refusal = await this.accounts.checkSignIn(user);
    if (refusal) return { outcome: 'rejected', ...refusal, user };
    if (!options.acceptsExpired && (await this.accounts.hasExpired(user)))
      return { outcome: 'rejected', reason: 'password_expired', user };
    await this.accounts.succeeded(user);
    return { outcome: 'authenticated', user };
  }
}

type Rejected = Extract<AuthenticationOutcome, { readonly outcome: 'rejected' }>;

interface StoreTry {
  readonly orgId: string;
  readonly store: UserStore;
  readonly username: string;
  readonly password: string;
  readonly options: SignInOptions;
}
