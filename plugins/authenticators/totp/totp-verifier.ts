import type { AuditLog } from '#core/audit';
import { sha256Hex } from '#core/crypto';
import type { Clock } from '#core/kernel';
import { claim, type StateKey, type StateStore } from '#core/persistence';
import type { FactorTries, User } from '#core/users';
import { codeIn, stepOf, type TotpSeed } from './totp-codes.js';

/** What verification is made of. */
export interface VerifierParts {
  readonly state: StateStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly windowSize: number;
  /** Whether a code is right only once. */
  readonly once: boolean;
  /** What locks accounts; undefined: wrong codes lock none. */
  readonly tries: FactorTries | undefined;
}

/** What a code came to. Only the audit log may tell the bad ones apart. */
export type Verdict = 'right' | 'malformed' | 'wrong' | 'used' | 'blocked';

/** Claim that shows how many codes were wrong. */
const FACTOR = 'failedTotpAttempts';
const MAX_WRONG = 5;
const WINDOW_MS = 5 * 60_000;
const BLOCK_MS = 5 * 60_000;

/** Decides on codes: counts what a user tries on all nodes together, and lets each code be right once. */
export class TotpVerifier {
  constructor(private readonly parts: VerifierParts) {}

  /**
   * Looks at what was entered. Where accounts are locked, wrong codes lock them as wrong passwords do. Else, and while
   * the user is yet to enrol, five wrong codes in five minutes have the user refused for five minutes.
   *
   * @param isActive whether the seed counts already
   */
  async verify(user: User, seed: TotpSeed, text: string | undefined, isActive: boolean): Promise<Verdict> {
    const code = codeIn(text);
    if (code === undefined) return 'malformed';
    const begun = isActive ? await this.parts.tries?.beginFactor(user, FACTOR) : undefined;
    if (!begun) return this.#limited(user, seed, code);
    try {
      const verdict = begun.refusal ? 'blocked' : await this.#verdict(user, seed, code);
      await begun.over(verdict === 'right' ? 'right' : 'wrong');
      return verdict;
    } catch (error) {
      await begun.over('unknown');
      throw error;
    }
  }

  async #limited(user: User, seed: TotpSeed, code: string): Promise<Verdict> {
    const { state } = this.parts;
    if (await state.get(keyOf(user, 'totp-block'))) return 'blocked';
    // Counted before it is looked at: of many tries at once no more than the limit are looked at.
    const tries = await state.increment(keyOf(user, 'totp-tries'), WINDOW_MS);
    if (tries > MAX_WRONG) return 'blocked';
    const verdict = await this.#verdict(user, seed, code);
    if (verdict === 'right') await state.apply([{ remove: keyOf(user, 'totp-tries') }]);
    else if (tries === MAX_WRONG) await this.#block(user);
    return verdict;
  }

  async #verdict(user: User, seed: TotpSeed, code: string): Promise<Verdict> {
    const { clock, windowSize, once } = this.parts;
    const step = stepOf(seed, code, clock.now(), windowSize);
    if (step === undefined) return 'wrong';
    return !once || (await this.#use(user, seed, step)) ? 'right' : 'used';
  }

  /** Uses a step up; false when that has happened before, on whichever node. */
  #use(user: User, seed: TotpSeed, step: number): Promise<boolean> {
    const id = `${user.id}:${sha256Hex(seed.secret).slice(0, 16)}:${step}`;
    const expiresAt = (step + this.parts.windowSize + 1) * seed.period * 1000;
    return claim(this.parts.state, { orgId: user.orgId, kind: 'totp-step', id, value: true, expiresAt });
  }

  async #block(user: User): Promise<void> {
    const { state, audit, clock } = this.parts;
    const { orgId, id } = user;
    await state.apply([{ put: { ...keyOf(user, 'totp-block'), value: true, expiresAt: clock.now() + BLOCK_MS } }]);
    await audit.record({ orgId, action: 'block-totp', initiatorId: id, targetId: id, targetType: 'User' });
  }
}

const keyOf = (user: User, kind: string): StateKey => ({ orgId: user.orgId, kind, id: user.id });
