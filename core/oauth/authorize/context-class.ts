import type { PassedStep } from '#core/sessions';
import { OAuthError } from '../errors.js';
import type { AuthorizeRequest } from './authorize-request.js';
import { allowedValues } from './claims-parameter.js';

/**
 * Authentication context classes: `acr1` stands for a sign-in of one step, `acr2` for one of two, `acr3` for one of three
 * and more. Whoever has passed two steps satisfies `acr1` too.
 */
export const CONTEXT_CLASSES = ['acr1', 'acr2', 'acr3'] as const;

/**
 * The `acr` of a sign-in: the first class asked for that it satisfies, and none when it satisfies none of them (OpenID
 * Connect Core §3.1.2.1). A request that wants to know the class without naming one is told the highest.
 *
 * @throws OAuthError `login_required` when one of the classes is essential and none is satisfied (§5.5.1.1)
 */
export function contextClassOf(
  { acrValues = [], claims }: Pick<AuthorizeRequest, 'acrValues' | 'claims'>,
  passed: readonly PassedStep[],
): string | undefined {
  const wanted = claims?.id_token?.['acr'];
  const level = Math.min(passed.length, CONTEXT_CLASSES.length);
  const satisfied: readonly string[] = CONTEXT_CLASSES.slice(0, level);
  const named = allowedValues(wanted);
  const asked = named ?? acrValues;
  const found = asked.find((value) => satisfied.includes(value));
  if (found !== undefined) return found;
  if (named && wanted?.essential === true)
    throw new OAuthError('login_required', 'The sign-in does not satisfy the authentication context class asked for.');
  return asked.length === 0 && wanted !== undefined ? satisfied.at(-1) : undefined;
}
