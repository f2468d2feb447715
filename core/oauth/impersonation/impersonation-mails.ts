import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { type Clock, ClockToken, type Logger, LoggerToken, reasonOf, token } from '#core/kernel';
import { type NotificationService, NotificationServiceToken, shownTime } from '#core/notifications';
import { type Database, DatabaseToken } from '#core/persistence';
import { claimUri, type User, type UserService, UserServiceToken } from '#core/users';
import type { OAuthClient } from '../clients/client.service.js';
import {
  type OrganizationOAuthSettings,
  OrganizationOAuthSettingsToken,
} from '../organization-settings/organization-oauth-settings.js';

/** Injection token of {@link ImpersonationMails}. */
export const ImpersonationMailsToken = token<ImpersonationMails>('oauth.impersonation-mails');

/** What an organization sets about impersonation. */
export const IMPERSONATION_SETTING = {
  name: 'impersonation',
  schema: z.strictObject({ enableEmailNotification: z.boolean().default(true) }),
} as const;

const TEMPLATE = 'ImpersonationEmailNotification';

/** Tells users by e-mail that somebody acts in their name, where the organization wants that. */
@injectable()
export class ImpersonationMails {
  constructor(
    @inject(NotificationServiceToken) private readonly notifications: NotificationService,
    @inject(OrganizationOAuthSettingsToken) private readonly settings: OrganizationOAuthSettings,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(LoggerToken) private readonly logger: Logger,
  ) {}

  /** Notes the mail. An address that is none does not keep anybody from working. */
  async tell(target: User, impersonator: User, client: OAuthClient): Promise<void> {
    const { orgId } = target;
    const { enableEmailNotification } = await this.settings.find(orgId, IMPERSONATION_SETTING);
    if (!enableEmailNotification || !(await this.notifications.hasSender(orgId, 'EMAIL'))) return;
    const [mail, name, language] = [claimUri('emailaddress'), claimUri('givenname'), claimUri('local')];
    const claims = await this.users.claimsOf(target, [mail, name, language]);
    const address = claims[mail]?.[0];
    if (address === undefined) return;
    const to = { address, name: claims[name]?.[0] ?? target.username, locale: claims[language]?.[0] };
    const placeholders = {
      'impersonator-name': impersonator.username,
      'application-name': client.application.name,
      'login-time': shownTime(this.clock.now()),
    };
    const order = { orgId, channel: 'EMAIL', template: TEMPLATE, to, placeholders } as const;
    try {
      await this.database.run(() => this.notifications.send({ ...order, applicationId: client.application.id }));
    } catch (error) {
      this.logger.warn({ userId: target.id, err: reasonOf(error) }, 'a user could not be told of an impersonation');
    }
  }
}
