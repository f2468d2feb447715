import type { SecretBox } from '#core/crypto';
import type { Clock } from '#core/kernel';

const PURPOSE = 'dpop-nonce';

/** Nonces of this server (RFC 9449 §8): sealed, so that every node knows them again and none keeps them. */
export class DpopNonces {
  constructor(
    private readonly box: SecretBox,
    private readonly clock: Clock,
    private readonly lifeMs: number,
  ) {}

  /** A nonce for requests to an organization. */
  issue(orgId: string): string {
    return this.box.seal(PURPOSE, JSON.stringify([orgId, this.clock.now()]));
  }

  /** Whether a nonce was issued for this organization, a short time ago. */
  isGood(orgId: string, nonce: unknown): boolean {
    const text = typeof nonce === 'string' ? this.box.open(PURPOSE, nonce) : undefined;
    if (text === undefined) return false;
    const [issuedFor, issuedAt] = JSON.parse(text) as [string, number];
    return issuedFor === orgId && this.clock.now() - issuedAt <= this.lifeMs;
  }
}
