import { inject, injectable } from 'tsyringe';
import { type UserStores, UserStoresToken } from '../stores/user-stores.js';
import type { User, UserClaims } from '../user.js';
import type { ChangedBy, RuleOutcome, UserCreation, UserRule } from '../user-rules.js';
import { type ClaimCatalog, ClaimCatalogToken } from './claim-catalog.js';
import type { ClaimDialects } from './claim-dialects.js';
import { type ClaimProfile, claimUri, flagIn, type LocalClaim } from './claim-model.js';
import { type ClaimOptions, ClaimOptionsToken } from './claim-settings.js';
import { claimValueErrors } from './claim-value-errors.js';
import { ClaimValues } from './claim-values.js';
import { PatternMatcher } from './safe-pattern.js';
import { addressesAfter, claimsBeside } from './several-addresses.js';
import { UniqueClaims, type UniqueFor } from './unique-claims.js';
import { formatProblem, keptValue } from './value-formats.js';

/** Longest value, in characters; and of a claim with long ones, in bytes of UTF-8. */
const MOST = 1024;
const MOST_BYTES = 60_000;
/** Values of one claim at most. */
const MANY = 200;

/** Claims that start something when they are set, and have no values of their own. */
const triggers = ['verifyEmail', 'verifyMobile', 'askPassword', 'tenantAdminAskPassword', 'adminForcedPasswordReset'];
const triggerUris = new Set(triggers.map((name) => claimUri(`identity/${name}`)));

interface Change extends UniqueFor {
  /** What the user has so far, of the claims that matter. */
  readonly before: UserClaims;
  readonly changes: UserClaims;
  readonly by: ChangedBy;
  readonly flow: ClaimProfile;
}

/** What values of claims have to be. */
@injectable()
export class ClaimRule implements UserRule {
  readonly #patterns = new PatternMatcher();

  constructor(
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(UserStoresToken) private readonly stores: UserStores,
    @inject(ClaimValues) private readonly values: ClaimValues,
    @inject(UniqueClaims) private readonly unique: UniqueClaims,
    @inject(ClaimOptionsToken) private readonly options: ClaimOptions,
  ) {}

  create({ orgId, domain, claims, by }: UserCreation): Promise<RuleOutcome> {
    return this.#check({
      orgId,
      domain,
      userId: undefined,
      before: {},
      changes: claims,
      by,
      flow: 'selfRegistration',
    });
  }

  async claims(user: User, changes: UserClaims, by: ChangedBy): Promise<RuleOutcome> {
    const { orgId, domain, id: userId } = user;
    // The server of its own accord often writes one of its own claims; of those nothing needs to be read.
    const asked = by === 'server' && !this.options.checksUniqueness ? [] : Object.keys(changes);
    const uris = [...new Set([...asked, ...claimsBeside(changes)])];
    const store = uris.length > 0 ? await this.stores.find(orgId, domain) : undefined;
    const before = store ? await this.values.read(store, user, uris) : {};
    return this.#check({ orgId, domain, userId, before, changes, by, flow: 'endUser' });
  }

  async #check(change: Change): Promise<RuleOutcome> {
    const dialects = await this.catalog.of(change.orgId);
    const kept: Record<string, readonly string[]> = {};
    for (const [uri, values] of Object.entries(change.changes)) {
      const claim = dialects.local(uri);
      if (!claim) throw claimValueErrors.unknown(uri);
      kept[uri] = triggerUris.has(uri) ? [] : this.#checked(claim, values, change, dialects);
    }
    const severalAllowed = this.options.severalAddresses;
    const claims = { ...kept, ...addressesAfter({ ...change, changes: kept, severalAllowed }, dialects) };
    const writes = await this.#uniqueWrites(claims, change, dialects);
    const write = async (userId: string) => {
      for (const one of writes) await one(userId);
    };
    return { claims, ...(writes.length > 0 ? { write } : {}) };
  }

  /** Values as they are kept. Those that the user has already pass: they were good once. */
  #checked(claim: LocalClaim, given: readonly string[], change: Change, dialects: ClaimDialects): readonly string[] {
    const { before, by, flow } = change;
    const values = given.map((value) => keptValue(claim, value));
    const old = before[claim.claimURI] ?? [];
    if (isSame(values, old)) return values;
    if (isSame(given, old)) return given;
    if (by === 'user' && flagIn(claim, 'readOnly', flow)) throw claimValueErrors.readOnly(claim);
    for (const value of values) this.#checkText(claim, value);
    if (values.length > MANY) throw claimValueErrors.format(claim, `it takes ${MANY} values at most`);
    if (by === 'server') return values;
    if (values.length > 1 && !claim.multiValued) throw claimValueErrors.several(claim);
    for (const value of values) {
      // Many clients empty a field by sending an empty text.
      if (value === '') continue;
      const problem = formatProblem(claim, value, dialects);
      if (problem !== undefined) throw claimValueErrors.format(claim, problem);
      if (this.options.checksPatterns && claim.regEx && !this.#patterns.fits(claim.regEx, value))
        throw claimValueErrors.pattern(claim);
    }
    return values;
  }

  /** What no database could keep. */
  #checkText(claim: LocalClaim, value: string): void {
    if (/[\p{Cs}\0]/u.test(value)) throw claimValueErrors.format(claim, 'it is no Unicode text');
    if (claim.extendedValued) {
      if (Buffer.byteLength(value) > MOST_BYTES) throw claimValueErrors.length(claim, MOST_BYTES);
    } else if (value.length > MOST) throw claimValueErrors.length(claim, MOST);
  }

  async #uniqueWrites(
    claims: UserClaims,
    change: Change,
    dialects: ClaimDialects,
  ): Promise<((userId: string) => Promise<void>)[]> {
    if (!this.options.checksUniqueness) return [];
    const writes: ((userId: string) => Promise<void>)[] = [];
    for (const [uri, values] of Object.entries(claims)) {
      const claim = dialects.local(uri);
      if (!claim || claim.uniquenessScope === 'NONE' || isSame(values, change.before[uri] ?? [])) continue;
      const wanted = values.filter((value) => value !== '');
      writes.push(await this.unique.claimed(claim, wanted, change));
    }
    return writes;
  }
}

const isSame = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((value, index) => value === b[index]);
