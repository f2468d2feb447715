import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import {
  type ApplicationEntity,
  type ApplicationService,
  ApplicationServiceToken,
  type AuthenticatorOption,
} from '#core/applications';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { randomToken, sha256Hex } from '#core/crypto';
import { type Clock, ClockToken, type Registry, token } from '#core/kernel';
import type { PassedStep, Session } from '#core/sessions';
import { type User, type UserService, UserServiceToken } from '#core/users';
import type { Authenticator, AuthenticatorFlow, AuthenticatorOutcome, Prompt } from './authenticator.js';
import { type AuthenticationRequest, type LoginContext, LoginContextAgeToken } from './login-context.js';
import { allStepsOf, chooseOption, type FollowingStep, type Step, skipPassed } from './sequence.js';

/** Injection token of the engine. */
export const AuthenticationEngineToken = token<AuthenticationEngine>('authentication.engine');
/** Injection token of the registry of authenticators. */
export const AuthenticatorRegistryToken = token<Registry<Authenticator>>('authentication.authenticators');
/** Injection token of the steps after the last one. */
export const FollowingStepsToken = token<Registry<FollowingStep>>('authentication.following-steps');

/** Where a sign-in stands. */
export type Progress =
  /** Something has to be asked. `failure` is the i18n key of what was wrong with the last answer. */
  | {
      readonly kind: 'prompt';
      readonly context: LoginContext;
      readonly failure?: string;
      /** What else the page is told of it, see {@link AuthenticatorOutcome}. */
      readonly details?: Readonly<Record<string, string>> | undefined;
    }
  /** All steps are passed. */
  | { readonly kind: 'completed'; readonly context: LoginContext; readonly userId: string }
  /** It cannot go on. `code` is an error of the protocol: `login_required`, `access_denied`. */
  | {
      readonly kind: 'failed';
      readonly request: AuthenticationRequest;
      readonly code: string;
      readonly message: string;
    };

/** How many wrong answers a step takes before the whole sign-in has to begin again. */
const MAX_FAILURES = 10;

/** Advances a sign-in step by step. Pure as to HTTP: pages and the app-native API are faces of the same engine. */
@injectable()
export class AuthenticationEngine {
  constructor(
    @inject(ApplicationServiceToken) private readonly applications: ApplicationService,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(AuthenticatorRegistryToken) private readonly authenticators: Registry<Authenticator>,
    @inject(FollowingStepsToken) private readonly following: Registry<FollowingStep>,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(LoginContextAgeToken) private readonly age: number,
  ) {}

  /**
   * Begins a sign-in. A session that covers steps lets them be skipped.
   *
   * @returns with `nonce`, the value for the browser's cookie that must come back with every answer
   */
  async begin(
    request: AuthenticationRequest,
    session: Session | undefined,
    ip: string,
  ): Promise<{ progress: Progress; nonce: string }> {
    const application = await this.#application(request);
    const nonce = randomToken(16);
    const usable = session && (await this.#covers(request, session)) ? session : undefined;
    const context: LoginContext = {
      id: uuid(),
      request,
      nonceHash: sha256Hex(nonce),
      createdAt: this.clock.now(),
      step: 0,
      option: undefined,
      passed: [],
      userId: undefined,
      identifier: undefined,
      remember: false,
      failures: 0,
    };
    const begun = usable ? skipPassed(context, application, usable) : context;
    const skipped = await this.#passOver(begun, application, ip);
    const done = skipped.step >= this.#stepsOf(application).length && skipped.userId !== undefined;
    if (done) return { progress: { kind: 'completed', context: skipped, userId: skipped.userId as string }, nonce };
    if (request.passive)
      return {
        progress: { kind: 'failed', request, code: 'login_required', message: 'Authentication required' },
        nonce,
      };
    return { progress: { kind: 'prompt', context: skipped }, nonce };
  }

  /** Takes an answer of the user. */
  async advance(context: LoginContext, input: Readonly<Record<string, string>>, ip: string): Promise<Progress> {
    const application = await this.#application(context.request);
    const step = this.#stepsOf(application)[context.step];
    if (!step) return this.#failed(context, 'access_denied', 'The sign-in has changed. Begin again.');
    if (this.#isExhausted(context)) return this.#tooMany(context);
    // Whoever has given a wrong name is asked for it again, as long as nothing was accepted for it.
    const isStillOpen = context.passed.length === 0 && context.userId === undefined;
    if (input['restart'] === 'true' && context.identifier !== undefined && isStillOpen)
      return { kind: 'prompt', context: { ...context, step: 0, option: undefined, identifier: undefined } };
    const chosen = chooseOption(step.options, input, context.option);
    if (chosen.only) return { kind: 'prompt', context: { ...context, option: chosen.index } };
    const option = step.options[chosen.index] as AuthenticatorOption;
    const authenticator = this.#authenticator(option);
    const flow = await this.#flow(context, application, ip);
    const outcome = await authenticator.verify(flow, input);
    const noted = { ...context, option: chosen.index, remember: context.remember || input['chkRemember'] === 'on' };
    switch (outcome.outcome) {
      case 'continue':
        return { kind: 'prompt', context: noted };
      case 'rejected':
        return this.#rejected(noted, option, outcome);
      case 'refused':
        await this.#noteFailure(noted, option, outcome);
        return this.#failed(noted, 'access_denied', outcome.message);
      case 'identified':
        return this.#next({ ...noted, identifier: outcome.identifier }, application, ip);
      case 'authenticated':
        return this.#authenticated(noted, step.follows ? undefined : option, outcome.user, application, ip);
    }
  }

  /** What to ask now. */
  async prompt(
    context: LoginContext,
    ip: string,
  ): Promise<
    Prompt & {
      readonly options: readonly AuthenticatorOption[];
      readonly chosen: AuthenticatorOption;
      readonly application: ApplicationEntity;
    }
  > {
    const application = await this.#application(context.request);
    const options = this.#stepsOf(application)[context.step]?.options ?? [];
    const chosen = options[context.option ?? 0] as AuthenticatorOption;
    const prompt = await this.#authenticator(chosen).begin(await this.#flow(context, application, ip));
    return { ...prompt, options, chosen, application };
  }

  async #rejected(
    context: LoginContext,
    option: AuthenticatorOption,
    outcome: Extract<AuthenticatorOutcome, { readonly outcome: 'rejected' }>,
  ): Promise<Progress> {
    await this.#noteFailure(context, option, outcome);
    const counted = { ...context, failures: context.failures + 1 };
    if (this.#isExhausted(counted)) return this.#tooMany(counted);
    return { kind: 'prompt', context: counted, failure: outcome.code, details: outcome.details };
  }

  #isExhausted({ failures, passed }: LoginContext): boolean {
    return failures >= MAX_FAILURES && passed.length > 0;
  }

  #tooMany(context: LoginContext): Progress {
    return this.#failed(context, 'access_denied', 'Too many wrong answers. Begin again.');
  }

  async #noteFailure(
    context: LoginContext,
    option: AuthenticatorOption,
    outcome: { reason: string; user?: User | undefined },
  ): Promise<void> {
    const { orgId, relyingParty } = context.request;
    const data = { authenticator: option.authenticator, reason: outcome.reason, relyingParty };
    const target = outcome.user?.id ?? context.userId ?? 'unknown';
    await this.audit.record({
      orgId,
      action: 'LoginStepFailed',
      initiatorId: target,
      targetId: target,
      targetType: 'User',
      data,
    });
  }

  async #authenticated(
    context: LoginContext,
    option: AuthenticatorOption | undefined,
    user: User,
    application: ApplicationEntity,
    ip: string,
  ): Promise<Progress> {
    if (context.userId !== undefined && context.userId !== user.id) {
      return this.#failed(context, 'access_denied', 'The steps were passed by different users.');
    }
    const step: PassedStep[] = option ? [{ ...option, at: this.clock.now() }] : [];
    return this.#next({ ...context, userId: user.id, passed: [...context.passed, ...step] }, application, ip, user);
  }

  /** @param user the user, where one has just been read */
  async #next(context: LoginContext, application: ApplicationEntity, ip: string, user?: User): Promise<Progress> {
    const after = { ...context, step: context.step + 1, option: undefined, failures: 0 };
    const next = await this.#passOver(after, application, ip, user);
    if (next.step < this.#stepsOf(application).length) return { kind: 'prompt', context: next };
    const { userId, request } = next;
    if (userId === undefined)
      return this.#failed(next, 'access_denied', 'No step of this sign-in authenticates the user.');
    // Between the steps somebody may have locked or removed the account.
    if (next.passed.length > 1 && !(await this.#mayUse(request.orgId, userId)))
      return this.#failed(next, 'access_denied', 'The account cannot be used.');
    return { kind: 'completed', context: next, userId };
  }

  /** Goes past the steps in which there is nothing to do for the user. */
  async #passOver(
    context: LoginContext,
    application: ApplicationEntity,
    ip: string,
    user?: User,
  ): Promise<LoginContext> {
    const steps = this.#stepsOf(application);
    let made: Promise<AuthenticatorFlow> | undefined;
    const flow = () => {
      made ??= this.#flow(context, application, ip, user);
      return made;
    };
    let { step } = context;
    for (; step < steps.length; step++) if (await this.#applies(steps[step] as Step, flow)) break;
    return step === context.step ? context : { ...context, step };
  }

  async #applies({ options, follows }: Step, flow: () => Promise<AuthenticatorFlow>): Promise<boolean> {
    if (follows && !(await follows.applies(await flow()))) return false;
    for (const { authenticator } of options) {
      const found = this.authenticators.find(authenticator);
      if (!found?.applies || (await found.applies(await flow()))) return true;
    }
    return false;
  }

  #stepsOf(application: ApplicationEntity): readonly Step[] {
    return allStepsOf(application, this.following);
  }

  #failed(context: LoginContext, code: string, message: string): Progress {
    return { kind: 'failed', request: context.request, code, message };
  }

  async #application(request: AuthenticationRequest): Promise<ApplicationEntity> {
    const application = await this.applications.find(request.orgId, request.applicationId);
    if (!application) throw new Error(`application ${request.applicationId} is gone`);
    return application;
  }

  #authenticator(option: AuthenticatorOption): Authenticator {
    const authenticator = this.authenticators.find(option.authenticator);
    if (!authenticator)
      throw new Error(`the sign-in needs the authenticator ${option.authenticator}, which is not there`);
    return authenticator;
  }

  /** @param known the user of the context, where one has just been read */
  async #flow(
    context: LoginContext,
    application: ApplicationEntity,
    ip: string,
    known?: User,
  ): Promise<AuthenticatorFlow> {
    const { orgId, loginHint } = context.request;
    const user = known ?? (context.userId === undefined ? undefined : await this.users.findById(orgId, context.userId));
    const { id, createdAt, identifier } = context;
    const passed = context.passed.flatMap(({ authenticator }) => this.authenticators.find(authenticator) ?? []);
    return { id, expiresAt: createdAt + this.age, orgId, application, user, identifier, loginHint, passed, ip };
  }

  /** Whether the request lets the session count, and its user may still sign in. */
  async #covers(request: AuthenticationRequest, session: Session): Promise<boolean> {
    // OpenID Connect Core §3.1.2.1: max_age=0 asks every time.
    if (request.force || request.maxAge === 0) return false;
    if (request.maxAge !== undefined && this.clock.now() - session.authenticatedAt > request.maxAge * 1000)
      return false;
    return this.#mayUse(session.orgId, session.userId);
  }

  async #mayUse(orgId: string, userId: string): Promise<boolean> {
    const user = await this.users.findById(orgId, userId);
    return user !== undefined && this.users.isUsable(user);
  }
}
