import type { AuthenticationSequence } from './application-model.js';
import { applicationErrors } from './errors.js';
import type { CataloguedAuthenticator, SignInCatalogue } from './sign-in-catalogue.js';

/** The sequence that stands for that of the organization. */
const byDefault: AuthenticationSequence = {
  type: 'DEFAULT',
  steps: [],
  requestPathAuthenticators: [],
  script: '',
  subjectStepId: 1,
  attributeStepId: 1,
};

/**
 * A sequence as it is stored. `DEFAULT` forgets everything else; steps are sorted; a subject or attribute step that is
 * not there becomes the first; a blank script leaves the one before.
 *
 * @param before the stored sequence, in an update
 * @throws ApiError APP-60001 for steps that are empty or not consecutive
 */
export function checkedSequence(
  sequence: AuthenticationSequence,
  before?: AuthenticationSequence,
): AuthenticationSequence {
  if (sequence.type === 'DEFAULT') return byDefault;
  const { invalid } = applicationErrors;
  const steps = [...sequence.steps].sort((a, b) => a.id - b.id);
  if (steps.length === 0) throw invalid('A user-defined authentication sequence needs at least one step.');
  if (steps.some((step, index) => step.id !== index + 1))
    throw invalid('Step ids need to be consecutive and begin with 1.');
  if (steps.some((step) => step.options.length === 0)) throw invalid('Each step needs at least one authenticator.');
  const within = (id: number) => (id >= 1 && id <= steps.length ? id : 1);
  const script = sequence.script.trim() === '' ? (before?.script ?? '') : sequence.script;
  return {
    ...sequence,
    steps,
    script,
    subjectStepId: within(sequence.subjectStepId),
    attributeStepId: within(sequence.attributeStepId),
  };
}

/**
 * Checks that the sequence can be run: known authenticators, none that needs a user in the first step, at least one
 * step that authenticates whichever option is chosen, and a script that the server takes.
 *
 * @throws ApiError APP-60001
 */
export async function checkRunnable(
  orgId: string,
  sequence: AuthenticationSequence,
  catalogue: SignInCatalogue,
): Promise<void> {
  if (sequence.type === 'DEFAULT') return;
  const { invalid } = applicationErrors;
  const [requestPath] = sequence.requestPathAuthenticators;
  if (requestPath !== undefined) throw invalid(`There is no request path authenticator ${requestPath}.`);
  const steps: CataloguedAuthenticator[][] = [];
  for (const step of sequence.steps) {
    const known: CataloguedAuthenticator[] = [];
    for (const option of step.options) {
      const found = await catalogue.find(orgId, option);
      if ('problem' in found) throw invalid(`Step ${step.id}: ${found.problem}`);
      known.push(found);
    }
    steps.push(known);
  }
  const early = steps[0]?.find((option) => option.needsUser);
  if (early) throw invalid(`${early.displayName} needs a user whom an earlier step has authenticated.`);
  if (steps.every((step) => step.some((option) => option.identifiesOnly)))
    throw invalid(
      'No step is sure to authenticate the user: an authenticator that only identifies cannot stand alone.',
    );
  const problem = sequence.script === '' ? undefined : await catalogue.scriptProblem(sequence.script);
  if (problem !== undefined) throw invalid(problem);
}
