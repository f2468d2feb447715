import { inject, injectable } from 'tsyringe';
import { randomToken, type SecretBox, SecretBoxToken, sha256Hex } from '#core/crypto';
import type { Cookie } from '#core/http';
import { token } from '#core/kernel';
import type { Session } from '#core/sessions';

/** Injection token of {@link BrowserState}. */
export const BrowserStateToken = token<BrowserState>('oauth.browser-state');

/** Name of the cookie that scripts of the check-session page read. */
export const OPBS_COOKIE = 'opbs';

/** The cookie that takes the browser state away. */
export const noBrowserState: Cookie = { name: OPBS_COOKIE, value: '', sameSite: 'None', readable: true };

/**
 * The state of a browser at this server (OpenID Connect Session Management §3, `opbs`). It follows from the session and
 * the applications in it, so it changes when another application joins, and nothing has to be stored.
 */
@injectable()
export class BrowserState {
  constructor(@inject(SecretBoxToken) private readonly box: SecretBox) {}

  /** The cookie of a session. */
  cookie(session: Session): Cookie {
    return { name: OPBS_COOKIE, value: this.#of(session), sameSite: 'None', readable: true };
  }

  /** `session_state`: what an application compares by the check-session page. */
  sessionState(session: Session, clientId: string, redirectUri: string): string {
    const salt = randomToken(12);
    const { origin, protocol } = new URL(redirectUri);
    const from = origin === 'null' ? protocol : origin;
    return `${sha256Hex(`${clientId} ${from} ${this.#of(session)} ${salt}`)}.${salt}`;
  }

  #of({ id, applications }: Session): string {
    return this.box.mac('opbs', [id, ...applications].join(' '));
  }
}
