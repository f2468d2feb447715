import { inject, injectable } from 'tsyringe';
import { type EventBus, EventBusToken, token } from '#core/kernel';
import { isEmailAddress, type NotificationService, NotificationServiceToken } from '#core/notifications';
import { type Outbox, type OutboxDelivery, type OutboxHandler, OutboxToken } from '#core/persistence';
import { claimUri } from '../claims/claim-model.js';
import { GovernanceService, GovernanceServiceToken } from '../governance/governance.service.js';
import { type AccountChange, AccountChanged, type User } from '../user.js';
import { type UserService, UserServiceToken } from '../user.service.js';
import { DISABLE_HANDLER, LOCK_HANDLER } from './account-connectors.js';

/** Injection token of {@link AccountMails}. */
export const AccountMailsToken = token<AccountMails>('users.account-mails');
/** Topic of the outbox. */
export const ACCOUNT_MAIL_TOPIC = 'account-mail';

const [EMAIL, LOCALE, FIRST_NAME] = [claimUri('emailaddress'), claimUri('local'), claimUri('givenname')] as const;

/** Who is to be told what; the address is looked up when it is sent, for its store may be away. */
interface MailDuty {
  readonly userId: string;
  readonly template: string;
  readonly placeholders: Readonly<Record<string, string>>;
}

/** Mails to users about their accounts, where the organization leaves them to the server. */
@injectable()
export class AccountMails implements OutboxHandler {
  constructor(
    @inject(GovernanceServiceToken) private readonly governance: GovernanceService,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(NotificationServiceToken) private readonly notifications: NotificationService,
    @inject(OutboxToken) private readonly outbox: Outbox,
    @inject(EventBusToken) events: EventBus,
  ) {
    events.participate(AccountChanged, (change) => this.#note(change));
  }

  /** Sends a mail. Nothing happens when the user has no address, or nobody sends for the organization. */
  async send(user: User, template: string, placeholders: MailDuty['placeholders']): Promise<void> {
    const { orgId } = user;
    const claims = await this.users.claimsOf(user, [EMAIL, LOCALE, FIRST_NAME]);
    const address = claims[EMAIL]?.[0]?.trim() ?? '';
    if (!isEmailAddress(address) || !(await this.notifications.hasSender(orgId, 'EMAIL'))) return;
    await this.notifications.send({
      orgId,
      channel: 'EMAIL',
      template,
      to: { address, name: claims[FIRST_NAME]?.[0] ?? user.username, locale: claims[LOCALE]?.[0] },
      placeholders: { 'user-name': user.username, 'userstore-domain': user.domain, ...placeholders },
    });
  }

  async deliver({ orgId, payload }: OutboxDelivery): Promise<void> {
    const { userId, template, placeholders } = payload as MailDuty;
    const user = await this.users.findById(orgId, userId);
    if (user) await this.send(user, template, placeholders);
  }

  /** In the unit of work of the change. */
  async #note(change: AccountChange): Promise<void> {
    const { id: userId, orgId } = change.user;
    const template = templateOf(change);
    if (template === undefined || !(await this.#isWanted(change))) return;
    const duty: MailDuty = { userId, template, placeholders: { 'lock-duration': minutesOf(change) } };
    await this.outbox.add(orgId, ACCOUNT_MAIL_TOPIC, duty);
  }

  async #isWanted({ user: { orgId }, change, isFurther }: AccountChange): Promise<boolean> {
    const isLock = change === 'locked' || change === 'unlocked';
    const handler = isLock ? LOCK_HANDLER : DISABLE_HANDLER;
    const isOn = (name: string) => this.governance.isOn(orgId, handler, `${handler}.notification.${name}`);
    if (!(await isOn('manageInternally'))) return false;
    return !isFurther || isOn('notifyOnLockIncrement');
  }
}

/** What is sent of a change; accounts that wait for something (`PENDING_...`) have mails of their own. */
function templateOf({ change, reason }: AccountChange): string | undefined {
  return TEMPLATES[`${change}:${reason}`] ?? TEMPLATES[change];
}

const TEMPLATES: Readonly<Record<string, string | undefined>> = {
  'locked:MAX_ATTEMPTS_EXCEEDED': 'AccountLockFailedAttempt',
  'locked:ADMIN_INITIATED': 'AccountLockAdmin',
  'locked:IDLE_ACCOUNT': 'AccountLockAdmin',
  'unlocked:administrator': 'AccountUnlockAdmin',
  'unlocked:time-over': 'AccountUnlockTimeBased',
  disabled: 'AccountDisable',
  enabled: 'AccountEnable',
};

const minutesOf = ({ lasts }: AccountChange): string =>
  lasts === undefined ? '–' : String(Math.round(lasts / 60_000));
