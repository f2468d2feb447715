import { ApiError } from '#core/http';
import type { AuthenticationSequence } from './application-model.js';

const invalid = (description: string) => new ApiError('APP-60001', 400, 'Invalid request.', description);

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
  if (sequence.type === 'DEFAULT')
    return {
      type: 'DEFAULT',
      steps: [],
      requestPathAuthenticators: [],
      script: '',
      subjectStepId: 1,
      attributeStepId: 1,
    };
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
