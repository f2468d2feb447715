import { inject, injectable } from 'tsyringe';
import { type Logger, LoggerToken, reasonOf, token } from '#core/kernel';
import { type OrganizationService, OrganizationServiceToken } from '#core/organizations';
import { claim, type StateStore, StateStoreToken } from '#core/persistence';
import { claimUri } from '../claims/claim-model.js';
import { GovernanceService, GovernanceServiceToken } from '../governance/governance.service.js';
import { type OrganizationValues, OrganizationValuesToken } from '../governance/organization-values.js';
import { IdentityDataRepository } from '../identity-data.repository.js';
import type { User } from '../user.js';
import { type UserService, UserServiceToken } from '../user.service.js';
import { type UserSearch, UserSearchToken } from '../user-search.js';
import { IDLE_HANDLER } from './account-connectors.js';
import { type AccountMails, AccountMailsToken } from './account-mails.js';
import { SignInTimes, SignInTimesToken } from './sign-in-times.js';

/** Injection token of {@link IdleAccounts}. */
export const IdleAccountsToken = token<IdleAccounts>('users.idle-accounts');

const DAY_MS = 86_400_000;
const PART = 500;
const TEMPLATE = 'idleAccountReminder';

/** Accounts that nobody has signed in to for some time (connector `suspension.notification`). */
@injectable()
export class IdleAccounts {
  constructor(
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
    @inject(UserSearchToken) private readonly search: UserSearch,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(GovernanceServiceToken) private readonly governance: GovernanceService,
    @inject(OrganizationValuesToken) private readonly values: OrganizationValues,
    @inject(OrganizationServiceToken) private readonly organizations: OrganizationService,
    @inject(AccountMailsToken) private readonly mails: AccountMails,
    @inject(SignInTimesToken) private readonly signIns: SignInTimes,
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(LoggerToken) private readonly logger: Logger,
  ) {}

  /**
   * Users who have signed in last within a time; who never has is not among them.
   *
   * @param from milliseconds since the epoch
   * @param to exclusive
   * @param disabled whether only disabled accounts, or only others, are wanted
   */
  async between(orgId: string, from: number, to: number, disabled?: boolean): Promise<readonly User[]> {
    await this.signIns.flush();
    const ids = await this.identityData.withTime(orgId, 'lastLogonTime', from, to);
    const found: User[] = [];
    for (let at = 0; at < ids.length; at += PART) {
      const part = ids.slice(at, at + PART);
      const wanted = disabled === undefined ? part : await this.#havingState(orgId, part, disabled);
      const users = await this.search.byIds(orgId, wanted);
      found.push(...wanted.flatMap((id) => users.get(id) ?? []));
    }
    return found;
  }

  /** Those who are disabled, or those who are not. */
  async #havingState(orgId: string, ids: readonly string[], disabled: boolean): Promise<readonly string[]> {
    const states = await this.identityData.readAll(orgId, ids, ['accountDisabled']);
    return ids.filter((id) => (states.get(id)?.['accountDisabled']?.[0] === 'true') === disabled);
  }

  /**
   * Does what is due on a day: reminds and locks. Once a day for each organization, whichever node comes first.
   *
   * @param now milliseconds since the epoch
   */
  async runDay(now: number): Promise<void> {
    const day = new Date(now).toISOString().slice(0, 10);
    for (const orgId of await this.values.holders(IDLE_HANDLER, `${IDLE_HANDLER}.enable`, 'true')) {
      if ((await this.organizations.byId(orgId))?.status !== 'ACTIVE') continue;
      const entry = { orgId, kind: 'idle-accounts', id: day, value: true, expiresAt: now + 2 * DAY_MS };
      if (!(await claim(this.state, entry))) continue;
      // An organization that makes trouble does not stop the others.
      await this.suspend(orgId, now).catch((error: unknown) => this.#noted(error, { orgId }));
    }
  }

  /**
   * The same, for a timer: not before a time of day, and what goes wrong is noted in the log.
   *
   * @param from `20:00:00`, UTC
   */
  async look(now: number, from: string): Promise<void> {
    if (new Date(now).toISOString().slice(11, 19) < from) return;
    try {
      await this.runDay(now);
    } catch (error) {
      this.#noted(error);
    }
  }

  #noted(error: unknown, where: { readonly orgId?: string } = {}): void {
    this.logger.warn({ ...where, err: reasonOf(error) }, 'idle accounts could not be looked at');
  }

  /** Reminds and locks idle accounts of one organization. */
  async suspend(orgId: string, now: number): Promise<void> {
    const after = await this.governance.number(orgId, IDLE_HANDLER, `${IDLE_HANDLER}.account.disable.delay`);
    const delays = (await this.governance.read(orgId, IDLE_HANDLER, `${IDLE_HANDLER}.delays`))
      .split(',')
      .map(Number)
      .filter((days) => days > 0 && days < after);
    for (const user of await this.between(orgId, 0, now - after * DAY_MS + 1))
      await this.#each(user, () => this.#lock(user));
    for (const days of delays) {
      // Each day of inactivity comes once, so nobody is told twice.
      const idle = await this.between(orgId, now - (days + 1) * DAY_MS + 1, now - days * DAY_MS + 1);
      for (const user of idle) await this.#each(user, () => this.#remind(user, after - days));
    }
  }

  /** One account that makes trouble (its user store is away) does not stop the others. */
  async #each(user: User, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logger.warn({ userId: user.id, err: reasonOf(error) }, 'an idle account could not be dealt with');
    }
  }

  async #lock(user: User): Promise<void> {
    if (!(await this.users.isUsable(user))) return;
    const claims = {
      [claimUri('identity/accountLocked')]: ['true'],
      [claimUri('identity/lockedReason')]: ['IDLE_ACCOUNT'],
    };
    await this.users.writeClaims(user.orgId, user.id, claims);
  }

  async #remind(user: User, daysLeft: number): Promise<void> {
    if (await this.users.isUsable(user)) await this.mails.send(user, TEMPLATE, { 'days-left': String(daysLeft) });
  }
}
