import type { ApplicationEntity, AuthenticatorOption } from '#core/applications';
import { extensionPoint, type Registry } from '#core/kernel';
import type { PassedStep, Session } from '#core/sessions';
import type { AuthenticatorFlow } from './authenticator.js';
import type { LoginContext } from './login-context.js';

/**
 * A step that comes after those of an application, for the users to whom it applies: to set a new password in place of
 * one that has expired. Only passing it completes the sign-in; a session does not remember it.
 */
export interface FollowingStep {
  /** Name of the authenticator that does it. Where an application has a step for it alone, it does not follow. */
  readonly authenticator: string;
  /** Whether it applies; the authenticator itself is asked too. */
  applies(flow: AuthenticatorFlow): Promise<boolean>;
}

/** Steps after the last one, in the order of their ids. */
export const FollowingSteps = extensionPoint<FollowingStep>('following-steps');

/** One step of a sign-in. */
export interface Step {
  readonly options: readonly AuthenticatorOption[];
  /** Set where it is none of the application's own. */
  readonly follows?: FollowingStep;
}

/** The sequence of applications that have none of their own. */
export const defaultSteps = [{ id: 1, options: [{ idp: 'LOCAL', authenticator: 'BasicAuthenticator' }] }];

/** Steps of an application, in order. */
function stepsOf(application: ApplicationEntity): readonly Step[] {
  const { type, steps } = application.settings.authenticationSequence;
  return type === 'DEFAULT' ? defaultSteps : steps;
}

/** The same with those that follow. */
export function allStepsOf(application: ApplicationEntity, following: Registry<FollowingStep>): readonly Step[] {
  const own = stepsOf(application);
  const isThere = (name: string) =>
    own.some(({ options }) => options.every(({ authenticator }) => authenticator === name));
  const others = following.all().filter(({ authenticator }) => !isThere(authenticator));
  return [
    ...own,
    ...others.map((follows) => ({ options: [{ idp: 'LOCAL', authenticator: follows.authenticator }], follows })),
  ];
}

/** Skips the steps at the beginning of which the session has passed any option. */
export function skipPassed(context: LoginContext, application: ApplicationEntity, session: Session): LoginContext {
  const passed = (option: AuthenticatorOption) =>
    session.passed.find((step) => step.authenticator === option.authenticator && step.idp === option.idp);
  let { step } = context;
  const taken: PassedStep[] = [];
  for (const { options } of stepsOf(application)) {
    const found = options.map(passed).find((one) => one !== undefined);
    const identifier = options.every((option) => option.authenticator === 'IdentifierExecutor');
    if (!found && !identifier) break;
    if (found) taken.push(found);
    step++;
  }
  return taken.length === 0 ? context : { ...context, step, passed: taken, userId: session.userId };
}

/** Which option an answer is for; `only` when it just chooses one. */
export function chooseOption(
  options: readonly AuthenticatorOption[],
  input: Readonly<Record<string, string>>,
  before: number | undefined,
): { index: number; only: boolean } {
  const { authenticator, idp } = input;
  const index = options.findIndex(
    (option) => option.authenticator === authenticator && option.idp === (idp ?? 'LOCAL'),
  );
  if (index < 0) return { index: before ?? 0, only: false };
  const answers = Object.keys(input).some(
    (name) => !['authenticator', 'idp', 'sessionDataKey', 'tenantDomain'].includes(name),
  );
  return { index, only: !answers };
}
