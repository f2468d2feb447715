import { inject, injectable } from 'tsyringe';
import { type SecretBox, SecretBoxToken } from '#core/crypto';
import { type HttpRequest, type Reply, redirect } from '#core/http';
import { type Clock, ClockToken, token } from '#core/kernel';
import type { Session } from '#core/sessions';
import { type ClientService, ClientServiceToken } from '../clients/client.service.js';
import { issuerOf } from '../issuer.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';

/** Injection token of {@link FrontChannelLogout}. */
export const FrontChannelLogoutToken = token<FrontChannelLogout>('oauth.front-channel-logout');

/** What the page of a front-channel logout loads, and where it goes then. Plain data, sealed into the key of the page. */
export interface FrontChannelPage {
  readonly frames: readonly string[];
  readonly target: string;
  readonly expiresAt: number;
}

const PURPOSE = 'front-channel-logout';
const AGE_MS = 5 * 60_000;

/** Logs out of applications by frames in the user's browser (OpenID Connect Front-Channel Logout 1.0). */
@injectable()
export class FrontChannelLogout {
  constructor(
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(SecretBoxToken) private readonly box: SecretBox,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** Leads a browser whose session has ended to where it shall go, by the page with the frames if there are any. */
  async onTheWay(session: Session, done: Reply, http: HttpRequest): Promise<Reply> {
    const clients = await this.clients.ofApplications(session.orgId, session.applications);
    const urls = clients.map(({ settings }) => settings.logout.frontChannelLogoutUrl).filter((url) => url !== '');
    if (urls.length === 0 || done.redirect === undefined) return done;
    const frames = [...new Set(urls)].map((url) => {
      const frame = new URL(url);
      frame.searchParams.set('sid', session.id);
      frame.searchParams.set('iss', issuerOf(http, this.options));
      return frame.href;
    });
    const page: FrontChannelPage = { frames, target: done.redirect, expiresAt: this.clock.now() + AGE_MS };
    const query = new URLSearchParams({ sessionDataKey: this.box.seal(PURPOSE, JSON.stringify(page)) });
    const { redirect: location } = redirect(
      `${http.baseUrl}/authenticationendpoint/oauth2_frontchannel_logout.do?${query}`,
    );
    return { ...done, redirect: location as string };
  }

  /** What the page behind a key shows; undefined when it is over. */
  find(sessionDataKey: string): FrontChannelPage | undefined {
    const text = this.box.open(PURPOSE, sessionDataKey);
    if (text === undefined) return undefined;
    const page = JSON.parse(text) as FrontChannelPage;
    return page.expiresAt > this.clock.now() ? page : undefined;
  }
}
