import { inject, injectable } from 'tsyringe';
import { type Clock, ClockToken, token } from '#core/kernel';
import { GovernanceService, GovernanceServiceToken } from '../governance/governance.service.js';
import { IdentityDataRepository } from '../identity-data.repository.js';
import { type UserStores, UserStoresToken } from '../stores/user-stores.js';
import type { User } from '../user.js';
import type { AccountGuard } from '../user-rules.js';
import { type ExpiryRule, expiryRule } from './expiry-rules.js';
import { EXPIRY, RULE_PREFIX } from './password-connectors.js';

/** Injection token of {@link PasswordExpiry}. */
export const PasswordExpiryToken = token<PasswordExpiry>('users.password-expiry');
/** Injection token of {@link RolesOfUsers}. */
export const RolesOfUsersToken = token<RolesOfUsers>('users.roles-of-users');

/** Roles of users, direct ones and by group; bound by the room of access. */
export interface RolesOfUsers {
  /** Ids of the roles of a user. */
  roleIdsOf(user: User): Promise<readonly string[]>;
}

const DAY_MS = 86_400_000;

/** When passwords expire (connector `passwordExpiry`). */
@injectable()
export class PasswordExpiry implements AccountGuard {
  constructor(
    @inject(GovernanceServiceToken) private readonly governance: GovernanceService,
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
    @inject(UserStoresToken) private readonly stores: UserStores,
    @inject(RolesOfUsersToken) private readonly roles: RolesOfUsers,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /** Whether passwords of an organization expire at all. */
  isOn(orgId: string): Promise<boolean> {
    return this.governance.isOn(orgId, EXPIRY, `${EXPIRY}.enablePasswordExpiry`);
  }

  /** Whether an expired password stops every sign-in, not only those of applications that have the step for it. */
  async isEnforcedEverywhere(orgId: string): Promise<boolean> {
    return (await this.governance.read(orgId, EXPIRY, `${EXPIRY}.enforcementScope`)) === 'ORG_WIDE';
  }

  async hasExpired(user: User): Promise<boolean> {
    return (await this.isOn(user.orgId)) && (await this.isEnforcedEverywhere(user.orgId)) && this.isExpired(user);
  }

  /** Whether the password of a user is too old. */
  async isExpired(user: User): Promise<boolean> {
    const at = await this.expiryOf(user);
    return at !== undefined && at <= this.clock.now();
  }

  /**
   * When the password of a user expires, in milliseconds since the epoch; 0 when nobody knows how old it is, undefined
   * when it never does. Passwords that cannot be set here do not expire here.
   */
  async expiryOf(user: User): Promise<number | undefined> {
    if (!(await this.isOn(user.orgId))) return undefined;
    const store = await this.stores.find(user.orgId, user.domain);
    const days = store?.credentials?.set ? await this.#daysOf(user) : undefined;
    if (days === undefined) return undefined;
    const { lastPasswordUpdateTime: set } = await this.identityData.read(user.orgId, user.id, [
      'lastPasswordUpdateTime',
    ]);
    const at = set === undefined ? Number.NaN : Number(set);
    return Number.isNaN(at) ? 0 : at + days * DAY_MS;
  }

  /** Days that a password of the user lasts; undefined: for ever. */
  async #daysOf(user: User): Promise<number | undefined> {
    const all = await this.governance.describe(user.orgId, this.#connector());
    const value = (name: string) => all.find(({ property }) => property.name === `${EXPIRY}.${name}`)?.value;
    const usual = Number(value('passwordExpiryInDays'));
    const rules = all
      .flatMap(({ property, value: text }) => (property.name.startsWith(RULE_PREFIX) ? [expiryRule(text)] : []))
      .filter((rule) => rule !== undefined)
      .sort((a, b) => a.priority - b.priority);
    const rule = rules.length > 0 ? await this.#applying(user, rules) : undefined;
    if (!rule) return value('skipIfNoApplicableRules') === 'true' ? undefined : usual;
    if (rule.operator === 'ne') return undefined;
    return rule.days === 0 ? usual : rule.days;
  }

  async #applying(user: User, rules: readonly ExpiryRule[]): Promise<ExpiryRule | undefined> {
    const known: { groups?: ReadonlySet<string>; roles?: ReadonlySet<string> } = {};
    for (const rule of rules) {
      known[rule.of] ??= new Set(await this.#idsOf(user, rule.of));
      const ids = known[rule.of];
      if (rule.ids.every((id) => ids?.has(id))) return rule;
    }
    return undefined;
  }

  async #idsOf(user: User, kind: ExpiryRule['of']): Promise<readonly string[]> {
    if (kind === 'roles') return this.roles.roleIdsOf(user);
    const store = await this.stores.find(user.orgId, user.domain);
    return ((await store?.groups?.ofUser(user.orgId, user.id)) ?? []).map(({ id }) => id);
  }

  #connector() {
    const connector = this.governance.find(EXPIRY);
    if (!connector) throw new Error('the connector of password expiry is not there');
    return connector;
  }
}
