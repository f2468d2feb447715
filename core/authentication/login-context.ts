import { inject, injectable } from 'tsyringe';
import { randomToken, type SecretBox, SecretBoxToken, sha256Hex } from '#core/crypto';
import { type Clock, ClockToken, token } from '#core/kernel';
import { type StateStore, StateStoreToken } from '#core/persistence';
import type { PassedStep } from '#core/sessions';

/** What an inbound protocol asks the engine for. */
export interface AuthenticationRequest {
  readonly orgId: string;
  readonly applicationId: string;
  /** Id of the {@link InboundFace} that gets the result. */
  readonly face: string;
  /** What the face needs to go on: plain data, comes back unchanged. */
  readonly state: unknown;
  /** Name of the application in the protocol: the client id. */
  readonly relyingParty: string;
  /** Ask again even if there is a session. */
  readonly force: boolean;
  /** Never ask. */
  readonly passive: boolean;
  /** Ask again when the last sign-in is longer ago, in seconds. */
  readonly maxAge?: number | undefined;
  readonly loginHint?: string | undefined;
  readonly uiLocales?: string | undefined;
  /** Origins (or schemes) to which the browser may be sent in the end: the pages of the sign-in let their forms lead there. */
  readonly returnOrigins: readonly string[];
}

/** One sign-in under way. Plain data. */
export interface LoginContext {
  readonly id: string;
  readonly request: AuthenticationRequest;
  /** Hash of the nonce in the browser's cookie. */
  readonly nonceHash: string;
  readonly createdAt: number;
  /** Index of the step that is being done. */
  readonly step: number;
  /** Option of that step that the user has chosen. */
  readonly option: number | undefined;
  readonly passed: readonly PassedStep[];
  readonly userId: string | undefined;
  readonly identifier: string | undefined;
  readonly remember: boolean;
  /** Rejected inputs in the step. */
  readonly failures: number;
}

/** Injection token of the contexts. */
export const LoginContextsToken = token<LoginContexts>('authentication.login-contexts');
/** How long a sign-in may take, in milliseconds; bound by the module. */
export const LoginContextAgeToken = token<number>('authentication.login-context-age');

const PURPOSE = 'login-context';
const KIND = 'login-context';
const STORED = 's.';

/**
 * Where a sign-in waits between two requests. Until the first credential is accepted nothing is written: the context
 * travels in the `sessionDataKey` itself, sealed. From then on it is stored, because it must count and be used up.
 */
@injectable()
export class LoginContexts {
  constructor(
    @inject(SecretBoxToken) private readonly box: SecretBox,
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(LoginContextAgeToken) private readonly age: number,
  ) {}

  /**
   * Keeps a context; returns its `sessionDataKey`, or undefined when it was used up meanwhile.
   *
   * @param key under which it was loaded
   * @param failed whether it is kept because of a wrong answer; those that come at once are all counted
   */
  async save(context: LoginContext, key?: string, failed = false): Promise<string | undefined> {
    if (context.passed.length === 0 && context.userId === undefined)
      return this.box.seal(PURPOSE, JSON.stringify(context));
    const expiresAt = context.createdAt + this.age;
    const named = (stored: string) => ({ orgId: context.request.orgId, kind: KIND, id: sha256Hex(stored) });
    if (!key?.startsWith(STORED)) {
      const fresh = STORED + randomToken();
      await this.state.apply([{ put: { ...named(fresh), value: context, expiresAt } }]);
      return fresh;
    }
    const kept = await this.state.update<LoginContext>(named(key), (current) => {
      if (!failed) return { value: context, expiresAt };
      if (current.step !== context.step) return undefined;
      return { value: { ...context, failures: current.failures + 1 }, expiresAt };
    });
    return kept && key;
  }

  /** The context of a `sessionDataKey`; undefined when it is unknown, used up, too old or of another organization. */
  async load(orgId: string, key: string): Promise<LoginContext | undefined> {
    if (key.startsWith(STORED)) return this.state.get<LoginContext>({ orgId, kind: KIND, id: sha256Hex(key) });
    const text = this.box.open(PURPOSE, key);
    if (text === undefined) return undefined;
    const context = JSON.parse(text) as LoginContext;
    return context.request.orgId === orgId && context.createdAt + this.age > this.clock.now() ? context : undefined;
  }

  /** Uses a context up. False when someone else already has. A sealed one cannot be used up: its credentials decide. */
  async finish(orgId: string, key: string): Promise<boolean> {
    if (!key.startsWith(STORED)) return true;
    return (await this.state.apply([{ consume: { orgId, kind: KIND, id: sha256Hex(key) } }])).applied;
  }
}
