import type { RateLimits } from '#core/http';
import { type NotificationService, shownTime } from '#core/notifications';
import { type OAuthClient, OAuthError } from '#core/oauth';
import { claimUri, type User, type UserService } from '#core/users';
import type { NotificationChannel } from './ciba-request.js';

/** The way that was chosen to reach a person. */
export type ChosenChannel =
  | { readonly name: 'external' }
  | { readonly name: 'email' | 'sms'; readonly user: User; readonly address: string };

/** What a notification says. */
export interface CibaNotice {
  readonly orgId: string;
  readonly applicationId: string;
  readonly url: string;
  readonly bindingMessage: string | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const ways = {
  email: { channel: 'EMAIL', template: 'CIBAAuthenticationNotification', claim: claimUri('emailaddress') },
  sms: { channel: 'SMS', template: 'CIBASMSAuthenticationNotification', claim: claimUri('mobile') },
} as const;

/** Reaches people: by e-mail, by SMS, or not at all, when the client passes the link on itself. */
export class CibaChannels {
  constructor(
    private readonly notifications: NotificationService,
    private readonly users: UserService,
    private readonly limits: RateLimits,
  ) {}

  /** What the application may use. One that has chosen nothing passes the link on itself. */
  allowed(client: OAuthClient): readonly string[] {
    const { notificationChannels } = client.settings.cibaAuthenticationRequest;
    return notificationChannels.length > 0 ? notificationChannels : ['external'];
  }

  /** Throws OAuthError `invalid_request` when the application may not use the channel. */
  check(client: OAuthClient, requested: NotificationChannel | undefined): void {
    if (requested !== undefined && !this.allowed(client).includes(requested))
      throw new OAuthError('invalid_request', 'Requested notification channel is not allowed for this application.');
  }

  /** The channel that was asked for; else the first of e-mail and SMS that reaches the user; `external` only if it is the sole one. */
  async choose(
    client: OAuthClient,
    requested: NotificationChannel | undefined,
    user: User | undefined,
  ): Promise<ChosenChannel> {
    const allowed = this.allowed(client);
    const isSole = allowed.length === 1 && allowed[0] === 'external';
    if (requested === 'external' || (requested === undefined && isSole)) return { name: 'external' };
    const candidates = (['email', 'sms'] as const).filter((name) =>
      requested === undefined ? allowed.includes(name) : name === requested,
    );
    for (const name of candidates) {
      const address = user && (await this.#addressOf(user, name));
      if (user && address !== undefined) return { name, user, address };
    }
    throw new OAuthError('invalid_request', 'No notification channel of this application reaches the user.');
  }

  /** Notes a notification in the unit of work in progress. Each counts, so that nobody is flooded. Throws TooManyRequestsError. */
  async notify(chosen: ChosenChannel, notice: CibaNotice): Promise<void> {
    if (chosen.name === 'external') return;
    const { channel, template } = ways[chosen.name];
    const { user, address } = chosen;
    const { orgId, applicationId, url, bindingMessage = '', expiresAt } = notice;
    const { [claimUri('local')]: locale } = await this.users.claimsOf(user, [claimUri('local')]);
    await this.notifications.send({
      orgId,
      channel,
      template,
      applicationId,
      to: { address, name: user.username, locale: locale?.[0] },
      placeholders: {
        'user-name': user.username,
        'ciba-auth-url': url,
        'binding-message': bindingMessage,
        'expiry-time': shownTime(expiresAt),
      },
      expiresAt,
    });
  }

  /** Throws TooManyRequestsError when a user has been notified too often lately; counts this time otherwise. */
  async spare(chosen: ChosenChannel): Promise<void> {
    if (chosen.name === 'external') return;
    const account = `ciba-notify:${chosen.user.orgId}:${chosen.user.id}`;
    await this.limits.checkAccount(account);
    await this.limits.failed(account);
  }

  async #addressOf(user: User, name: 'email' | 'sms'): Promise<string | undefined> {
    const { channel, claim } = ways[name];
    if (!(await this.notifications.hasSender(user.orgId, channel))) return undefined;
    return (await this.users.claimsOf(user, [claim]))[claim]?.[0];
  }
}
