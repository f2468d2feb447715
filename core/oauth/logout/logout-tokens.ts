import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { z } from 'zod';
import { type KeySets, KeySetsToken } from '#core/crypto';
import { type Addresses, AddressesToken, type OutboundHttp, OutboundHttpToken } from '#core/http';
import { type Clock, ClockToken, type EventBus, EventBusToken, type Logger, LoggerToken, token } from '#core/kernel';
import { type OrganizationService, OrganizationServiceToken } from '#core/organizations';
import { type Outbox, type OutboxDelivery, type OutboxHandler, OutboxToken } from '#core/persistence';
import { type Session, SessionTerminated } from '#core/sessions';
import { type OidcUserClaims, OidcUserClaimsToken } from '../claims/user-claims.js';
import { type ClientService, ClientServiceToken, type OAuthClient } from '../clients/client.service.js';
import { issuerOf } from '../issuer.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';

/** Injection token of the sender of logout tokens. */
export const LogoutTokensToken = token<LogoutTokens>('oauth.logout-tokens');

/** Topic of the outbox. */
export const LOGOUT_TOPIC = 'oauth-back-channel-logout';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

const payloadSchema = z.object({
  clientId: z.string(),
  userId: z.string().optional(),
  sessionId: z.string(),
  /** Of duties of earlier versions, which did not name the user. */
  subject: z.string().optional(),
});
type Payload = z.output<typeof payloadSchema>;

/**
 * Tells applications that a session has ended (OpenID Connect Back-Channel Logout 1.0). The duty is written with the
 * end of the session; the token is made anew at every attempt, so that it is fresh whenever it arrives. The user is looked
 * up only then: a user store that is away must not keep a session from ending.
 */
@injectable()
export class LogoutTokens implements OutboxHandler {
  constructor(
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(OidcUserClaimsToken) private readonly claims: OidcUserClaims,
    @inject(OrganizationServiceToken) private readonly organizations: OrganizationService,
    @inject(AddressesToken) private readonly addresses: Addresses,
    @inject(KeySetsToken) private readonly keys: KeySets,
    @inject(OutboundHttpToken) private readonly outbound: OutboundHttp,
    @inject(OutboxToken) private readonly outbox: Outbox,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(LoggerToken) private readonly logger: Logger,
    @inject(EventBusToken) events: EventBus,
  ) {
    events.participate(SessionTerminated, (session) => this.#announce(session));
  }

  /** Sends one logout token. Throws when the application has not taken it, so that it is tried again. */
  async deliver({ orgId, payload, attempt }: OutboxDelivery): Promise<void> {
    const duty = payloadSchema.parse(payload);
    const { clientId } = duty;
    const client = await this.clients.find(orgId, clientId);
    const url = client?.settings.logout.backChannelLogoutUrl;
    if (!client || !url) return;
    const body = new URLSearchParams({ logout_token: await this.#token(client, orgId, duty) }).toString();
    const { http_socket_timeout: timeout } = this.options.oidc.logout_request_sender;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status } = await this.outbound.send({ url, method: 'POST', headers, body, timeout });
    if (status >= 200 && status < 300) return;
    // OpenID Connect Back-Channel Logout §2.8: 400 says that the application cannot do it, now or ever.
    this.logger.warn({ clientId, status, attempt }, 'an application did not take a logout token');
    if (status !== 400) throw new Error(`${new URL(url).origin} has answered ${status} to a logout token`);
  }

  async #announce({ orgId, id: sessionId, userId, applications }: Session): Promise<void> {
    for (const { settings, entity } of await this.clients.ofApplications(orgId, applications)) {
      if (settings.logout.backChannelLogoutUrl === '') continue;
      const duty: Payload = { clientId: entity.clientId, userId, sessionId };
      await this.outbox.add(orgId, LOGOUT_TOPIC, duty);
    }
  }

  async #token(client: OAuthClient, orgId: string, { userId, subject: known, sessionId }: Payload): Promise<string> {
    const subject = userId === undefined ? known : await this.claims.subjectOf(client, orgId, userId);
    const organization = await this.organizations.contextOf(orgId);
    if (!organization) throw new Error('the organization of a logout token is gone');
    const iat = Math.floor(this.clock.now() / 1000);
    const { idTokenSignedResponseAlg } = client.settings.idToken;
    // A logout token is never unsigned (Back-Channel Logout §2.4).
    const alg = idTokenSignedResponseAlg === 'none' ? 'RS256' : idTokenSignedResponseAlg;
    return this.keys.sign(
      orgId,
      { alg, typ: 'logout+jwt' },
      {
        iss: issuerOf({ baseUrl: this.addresses.origin + organization.prefix }, this.options),
        ...(subject === undefined ? {} : { sub: subject }),
        aud: client.entity.clientId,
        iat,
        exp: iat + Math.floor(this.options.oidc.token_validation.logout_token_validity / 1000),
        jti: uuid(),
        sid: sessionId,
        events: { [EVENT]: {} },
      },
    );
  }
}
