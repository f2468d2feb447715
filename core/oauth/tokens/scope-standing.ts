import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { ScopeSourcesChanged } from '#core/access';
import { type Clock, ClockToken, type EventBus, EventBusToken, type Soon, token, whenThere } from '#core/kernel';
import { type UserService, UserServiceToken } from '#core/users';
import { type ScopePolicy, ScopePolicyToken } from '../claims/scope-policy.js';
import type { OAuthClient } from '../clients/client.service.js';
import {
  type OrganizationOAuthSettings,
  OrganizationOAuthSettingsToken,
} from '../organization-settings/organization-oauth-settings.js';
import type { GrantTerms } from './records.js';
import type { FoundRefreshToken } from './refresh-tokens.js';

/** Injection token of {@link ScopeStanding}. */
export const ScopeStandingToken = token<ScopeStanding>('oauth.scope-standing');

/** When scopes may last have been taken from somebody, in milliseconds since the epoch. */
const CHANGED = { name: 'scope-sources', schema: z.object({ changedAt: z.number().default(0) }) } as const;

/** What scopes were given for. */
interface Holder extends Pick<GrantTerms, 'accessing' | 'federated'> {
  readonly userId?: string | undefined;
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
}

/**
 * Whether what was granted would be granted still. When a role gives less, a group loses a role or an application may ask
 * for less, nobody looks for the tokens that this concerns, for they may be many; what was issued before is looked at
 * again whenever it is used, and is not good when a scope of it is not granted any more (decision 7).
 */
@injectable()
export class ScopeStanding {
  readonly #times = new WeakMap<Readonly<Record<string, unknown>>, number>();

  constructor(
    @inject(ScopePolicyToken) private readonly policy: ScopePolicy,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(OrganizationOAuthSettingsToken) private readonly settings: OrganizationOAuthSettings,
    @inject(ClockToken) clock: Clock,
    @inject(EventBusToken) events: EventBus,
  ) {
    events.participate(ScopeSourcesChanged, ({ orgId }) => settings.note(orgId, CHANGED, { changedAt: clock.now() }));
  }

  /** Nothing is read as long as nothing has changed since the scopes were given. */
  holds(orgId: string, client: OAuthClient, holder: Holder): Soon<boolean> {
    return whenThere(
      this.settings.own(orgId, CHANGED),
      (noted) => holder.issuedAt > this.#changedAt(noted) || this.#holdsStill(orgId, client, holder),
    );
  }

  /** The same for a refresh token, whose grant knows the terms. */
  holdsRefresh(orgId: string, client: OAuthClient, { grant, record }: FoundRefreshToken): Soon<boolean> {
    const { accessing, federated } = grant;
    const { userId, scopes, issuedAt } = record;
    return this.holds(orgId, client, { userId, scopes, issuedAt, accessing, federated });
  }

  async #holdsStill(orgId: string, client: OAuthClient, holder: Holder): Promise<boolean> {
    // What was granted in another organization has to be asked for there again.
    if (holder.accessing && holder.accessing.id !== orgId) return false;
    const { userId, federated, scopes } = holder;
    const person = userId === undefined ? undefined : (federated ?? (await this.users.findById(orgId, userId)));
    if (userId !== undefined && !person) return false;
    return this.policy.allows(client, person, scopes);
  }

  /** What is noted is cached, and so is what it says: each use of a token asks. */
  #changedAt(noted: Readonly<Record<string, unknown>>): number {
    let changedAt = this.#times.get(noted);
    if (changedAt === undefined) {
      ({ changedAt } = CHANGED.schema.parse(noted));
      this.#times.set(noted, changedAt);
    }
    return changedAt;
  }
}
