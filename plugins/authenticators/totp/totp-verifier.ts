import type { AuditLog } from '#core/audit';
import { sha256Hex } from '#core/crypto';
import type { Clock } from '#core/kernel';
import { claim, type StateKey, type StateStore } from '#core/persistence';
import type { User } from '#core/users';
import { codeIn, stepOf, type TotpSeed } from './totp-codes.js';

/** What verification is made of. */
export interface VerifierParts {
  readonly state: StateStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly windowSize: number;
  /** Whether a code is right only once. */
  readonly once: boolean;
}

/** What a code came to. Only the audit log may tell the bad ones apart. */
export type Verdict = 'right' | 'malformed' | 'wrong' | 'used' | 'blocked';

const MAX_WRONG = 5;
const WINDOW_MS = 5 * 60_000;
const BLOCK_MS = 5 * 60_000;

/** Decides on codes: counts what a user tries on all nodes together, and lets each code be right once. */
export class TotpVerifier {
  constructor(private readonly parts: VerifierParts) {}

  /** Looks at what was entered. After five wrong codes in five minutes the user is refused for five minutes. */
  async verify(user: User, seed: TotpSeed, text: string | undefined): Promise<Verdict> {
    const { state, clock, windowSize, once } = this.parts;
    const code = codeIn(text);
    if (code === undefined) return 'malformed';
    if (await state.get(keyOf(user, 'totp-block'))) return 'blocked';
    // Counted before it is looked at: of many tries at once no more than the limit are looked at.
    const tries = await state.increment(keyOf(user, 'totp-tries'), WINDOW_MS);
    if (tries > MAX_WRONG) return 'blocked';
    const step = stepOf(seed, code, clock.now(), windowSize);
    const fresh = step !== undefined && (!once || (await this.#use(user, seed, step)));
    if (fresh) {
      await state.apply([{ remove: keyOf(user, 'totp-tries') }]);
      return 'right';
    }
    if (tries === MAX_WRONG) await this.#block(user);
    return step === undefined ? 'wrong' : 'used';
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
