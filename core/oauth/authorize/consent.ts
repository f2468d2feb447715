import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { type Consent, type ConsentService, ConsentServiceToken } from '#core/access';
import { type SecretBox, SecretBoxToken } from '#core/crypto';
import { type HttpRequest, type Reply, redirect } from '#core/http';
import { type Clock, ClockToken, token } from '#core/kernel';
import type { Session } from '#core/sessions';
import type { User } from '#core/users';
import { type OidcScopes, OidcScopesToken } from '../claims/oidc-scopes.js';
import { type OidcUserClaims, OidcUserClaimsToken, type RequestedClaim } from '../claims/user-claims.js';
import type { OAuthClient } from '../clients/client.service.js';
import { pageAddress } from '../endpoint-settings.js';
import { OAuthError } from '../errors.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { type AuthorizationDetails, AuthorizationDetailsToken } from '../rar/authorization-details.js';
import type { AuthorizationDetail } from '../tokens/records.js';
import type { AuthorizeRequest } from './authorize-request.js';
import { wantedClaims } from './claims-parameter.js';

/** Injection token of the consent step. */
export const ConsentStepToken = token<ConsentStep>('oauth.consent-step');

/** A question for consent, as it waits in `sessionDataKeyConsent`. Plain data. */
export interface PendingConsent {
  readonly id: string;
  readonly orgId: string;
  readonly sessionId: string;
  readonly userId: string;
  readonly authorize: AuthorizeRequest;
  /** All scopes that are granted on approval. */
  readonly scopes: readonly string[];
  /** Local claim URIs that are asked for. */
  readonly claims: readonly string[];
  readonly mandatory: readonly string[];
  /** Which of the authorization details of the request are asked for, by index; the others were agreed to before. */
  readonly details: readonly number[];
  /** What was agreed to before. */
  readonly before: Pick<Consent, 'scopes' | 'claims'>;
  /** Whether consent is settled, and all that is asked is whether the user wants this request at all. */
  readonly confirmsOnly?: boolean;
  readonly expiresAt: number;
}

/** What the consent step needs to know of a request. */
interface Situation {
  readonly http: HttpRequest;
  readonly client: OAuthClient;
  readonly authorize: AuthorizeRequest;
  readonly session: Session;
  readonly user: User;
  readonly scopes: readonly string[];
  /** Asks in any case, even where consent is settled. */
  readonly insist?: boolean;
}

/** What is asked for, and what was agreed to before. */
interface Question {
  readonly claims: readonly RequestedClaim[];
  /** Scopes. */
  readonly open: readonly string[];
  /** Indices of authorization details. */
  readonly details: readonly number[];
  readonly before: Consent;
}

/** Nothing has to be asked, or this has to be answered first. */
export type ConsentNeed =
  | {
      readonly kind: 'settled';
      readonly consentedClaims: readonly string[] | undefined;
      readonly authorizationDetails: readonly AuthorizationDetail[] | undefined;
    }
  | { readonly kind: 'ask'; readonly reply: Reply };

const PURPOSE = 'consent';
const AGE_MS = 10 * 60_000;
/** What can be kept of authorization details, in bytes: there is an end to what a client can have kept. */
const MAX_KEPT_BYTES = 40_000;

/** Asks users what an application may have. The question is sealed into the key of its page and bound to the session. */
@injectable()
export class ConsentStep {
  constructor(
    @inject(ConsentServiceToken) private readonly consents: ConsentService,
    @inject(OidcUserClaimsToken) private readonly claims: OidcUserClaims,
    @inject(AuthorizationDetailsToken) private readonly details: AuthorizationDetails,
    @inject(OidcScopesToken) private readonly oidc: OidcScopes,
    @inject(SecretBoxToken) private readonly box: SecretBox,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** Whether the user has to be asked. Throws OAuthError `consent_required` when it must not be asked. */
  async need(situation: Situation): Promise<ConsentNeed> {
    const { client, authorize, user, scopes, insist = false } = situation;
    const { authorizationDetails = [] } = authorize;
    const settled = { kind: 'settled', authorizationDetails: authorize.authorizationDetails } as const;
    if (!this.options.promptLoginConsent || client.application.settings.advancedConfigurations.skipLoginConsent) {
      if (!insist) return { ...settled, consentedClaims: undefined };
      const details = authorizationDetails.map((_, index) => index);
      const question = { claims: [], open: scopes, details, before: { scopes: [], claims: [] } };
      return { kind: 'ask', reply: this.#page(situation, question, true) };
    }
    const available = await this.claims.available(client, user, scopes, wantedClaims(authorize.claims));
    const afresh = authorize.prompts.includes('consent');
    const before: Consent = afresh
      ? { scopes: [], claims: [] }
      : await this.consents.find(user.orgId, user.id, client.application.id);
    const claims = available.filter((claim) => !before.claims.includes(claim.uri));
    const oidc = await this.oidc.of(client.application.orgId);
    const open = scopes.filter((scope) => !oidc.has(scope) && !before.scopes.includes(scope));
    // Claims that were refused once are not asked for again and again, unless they are mandatory.
    const details = authorizationDetails.flatMap((one, index) => (this.#agreedTo(one, before) ? [] : [index]));
    const ask =
      insist ||
      // What was agreed to before was not agreed to for the agent.
      authorize.requestedActor !== undefined ||
      afresh ||
      details.length > 0 ||
      open.length > 0 ||
      (before.scopes.length === 0 && claims.length > 0) ||
      claims.some((claim) => claim.mandatory);
    if (!ask) return { ...settled, consentedClaims: before.claims };
    if (authorize.prompts.includes('none'))
      throw new OAuthError('consent_required', 'The user has to be asked for consent.');
    return { kind: 'ask', reply: this.#page(situation, { claims, open, details, before }) };
  }

  /** The question behind a key, when it is still open and was asked in this session. */
  find(key: string, orgId: string): PendingConsent | undefined {
    const text = this.box.open(PURPOSE, key);
    if (text === undefined) return undefined;
    const pending = JSON.parse(text) as PendingConsent;
    return pending.orgId === orgId && pending.expiresAt > this.clock.now() ? pending : undefined;
  }

  /** Claims that the user agrees to by an answer; mandatory ones belong to the approval. Undefined: none were asked for. */
  chosen(pending: PendingConsent, answer: URLSearchParams): readonly string[] | undefined {
    if (pending.confirmsOnly) return undefined;
    const now = pending.claims.filter(
      (uri, index) => pending.mandatory.includes(uri) || answer.get(`consent_${index}`) === 'on',
    );
    return [...new Set([...pending.before.claims, ...now])];
  }

  /** Authorization details that the user agrees to by an answer; undefined: none. */
  chosenDetails(pending: PendingConsent, answer: URLSearchParams): readonly AuthorizationDetail[] | undefined {
    const chosen = (pending.authorize.authorizationDetails ?? []).filter(
      (_, index) => !pending.details.includes(index) || answer.get(`authorization_detail_id_${index}`) === 'on',
    );
    return chosen.length > 0 ? chosen : undefined;
  }

  #agreedTo(detail: AuthorizationDetail, { authorizationDetails = [] }: Consent): boolean {
    return this.details.covered([detail], authorizationDetails);
  }

  /** Keeps what was agreed to, so that it is not asked for again. */
  async keep(
    pending: PendingConsent,
    client: OAuthClient,
    claims: readonly string[] | undefined,
    chosen: readonly AuthorizationDetail[] = [],
  ): Promise<void> {
    if (claims === undefined) return;
    // `openid` is noted too, so that an empty answer is known to have been given.
    const scopes = [...new Set([...pending.before.scopes, ...pending.scopes])];
    const { orgId, userId, authorize } = pending;
    // What is asked for afresh replaces what was kept.
    const afresh = authorize.prompts.includes('consent');
    const { authorizationDetails: known = [] } = afresh
      ? {}
      : await this.consents.find(orgId, userId, client.application.id);
    const others = known.filter((one) => !this.details.covered([one], chosen));
    const authorizationDetails = newestOf([...others, ...chosen]);
    const kept = { scopes, claims, ...(authorizationDetails.length > 0 ? { authorizationDetails } : {}) };
    await this.consents.give(orgId, userId, client.application.id, kept);
  }

  #page(situation: Situation, { claims, open, details, before }: Question, confirmsOnly = false): Reply {
    const { http, client, authorize, session, user, scopes } = situation;
    const pending: PendingConsent = {
      id: uuid(),
      orgId: user.orgId,
      sessionId: session.id,
      userId: user.id,
      authorize,
      scopes,
      claims: claims.map((claim) => claim.uri),
      mandatory: claims.filter((claim) => claim.mandatory).map((claim) => claim.uri),
      details,
      before: { scopes: before.scopes, claims: before.claims },
      confirmsOnly,
      expiresAt: this.clock.now() + AGE_MS,
    };
    const query = new URLSearchParams({
      application: client.application.name,
      tenantDomain: http.organization.handle,
      scope: open.join(' '),
      sessionDataKeyConsent: this.box.seal(PURPOSE, JSON.stringify(pending)),
      ...(authorize.requestedActorName ? { requestedActorName: authorize.requestedActorName } : {}),
      ...(authorize.uiLocales ? { ui_locales: authorize.uiLocales } : {}),
    });
    const { oidc_consent_page, oauth2_consent_page } = this.options.endpoints;
    const page = authorize.scopes.includes('openid') ? oidc_consent_page : oauth2_consent_page;
    return redirect(pageAddress(page, query, http));
  }
}

/** The last of some details, as many as can be kept. */
function newestOf(details: readonly AuthorizationDetail[]): AuthorizationDetail[] {
  let bytes = 0;
  return details
    .toReversed()
    .filter((one) => {
      bytes += Buffer.byteLength(JSON.stringify(one));
      return bytes <= MAX_KEPT_BYTES;
    })
    .toReversed();
}
