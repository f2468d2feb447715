import { inject, injectable } from 'tsyringe';
import { type Soon, token } from '#core/kernel';
import { type StateChange, type StateKey, type StateStore, StateStoreToken } from '#core/persistence';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { KINDS } from './records.js';

/** Injection token of {@link TokenHomes}. */
export const TokenHomesToken = token<TokenHomes>('oauth.token-homes');

/**
 * Where tokens come from that do not say so themselves. What is kept of a token is found by its organization and its id
 * only, which is what keeps tenants apart. Where the operator lets organizations look at tokens of others, the
 * organization of each such token is noted under the id alone (a hash of a random value), as long as the token lives.
 */
@injectable()
export class TokenHomes {
  readonly #isOn: boolean;

  constructor(
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(OAuthOptionsToken) { introspect }: OAuthOptions,
  ) {
    this.#isOn = introspect.allow_cross_tenant || introspect.allow_cross_sub_org;
  }

  /** What has to be written with a token, of that id, that does not say where it comes from. */
  noting(id: string, orgId: string, expiresAt: number): StateChange[] {
    return this.#isOn ? [{ put: { ...keyOf(id), value: orgId, expiresAt } }] : [];
  }

  /** Id of the organization of a token; undefined when it is not known, and always where nobody may look. */
  of(id: string): Soon<string | undefined> {
    return this.#isOn ? this.state.get<string>(keyOf(id)) : undefined;
  }
}

/** In no organization: that is what is looked for. */
const keyOf = (id: string): StateKey => ({ orgId: '', kind: KINDS.tokenHome, id });
