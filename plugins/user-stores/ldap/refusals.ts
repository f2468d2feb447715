import { ApiError } from '#core/http';
import { type Logger, reasonOf, UnavailableError } from '#core/kernel';
import { answered, codeOf, RESULT } from './connection/failures.js';

/** A name that is taken. */
export const userExists = (name: string, cause?: unknown): ApiError =>
  new ApiError('SUO-60006', 409, 'The user exists.', `There is a user with the name ${name}.`, { cause });

/** A name of a group that is taken. */
export const groupExists = (name: string, cause?: unknown): ApiError =>
  new ApiError('SUO-60009', 409, 'The group exists.', `There is a group with the name ${name}.`, { cause });

/** A name that breaks the rule of the store. */
export const userNameRefused = (why: string): ApiError =>
  new ApiError('SUO-60005', 400, 'The user name is not allowed.', why);

/** A name of a group that breaks the rule of the store. */
export const groupNameRefused = (why: string): ApiError =>
  new ApiError('SUO-60008', 400, 'The name of the group is not allowed.', why);

/** A password that breaks a rule of the store or of the directory. */
export const passwordRefused = (why: string, cause?: unknown): ApiError =>
  new ApiError('SUO-60004', 400, 'The password is not allowed.', why, { cause });

/** A group that would have no members. */
export const emptyGroup = (): ApiError =>
  new ApiError(
    'SUO-60021',
    400,
    'The group would be empty.',
    'This user store has no groups without members; make one that has members in the directory, or leave one in.',
  );

/** A change that cannot be. */
export const changeRefused = (why: string, cause?: unknown): ApiError =>
  new ApiError('SUO-60020', 400, 'The user store refuses the change.', why, { cause });

/** What a refusal of the directory means to whoever wanted a change. */
export function refusalOf(error: unknown, domain: string, logger: Logger): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  logger.info({ store: domain, code, err: reasonOf(error) }, 'the directory refuses a change');
  if (answered(error, RESULT.insufficientAccess, RESULT.strongerAuthRequired, RESULT.confidentialityRequired))
    return new ApiError(
      'SUO-60001',
      403,
      'Invalid operation. User store is read only',
      'The directory does not let the server make this change.',
      { cause: error },
    );
  // 16 to 21: attributes and values, 64 to 69: names and classes (RFC 4511 appendix A).
  if ((code >= 16 && code <= 21) || (code >= 64 && code <= 69) || code === RESULT.unwillingToPerform)
    return changeRefused(`The directory does not take these attributes, values or names (result code ${code}).`, error);
  return new UnavailableError(`The user store ${domain} could not make the change.`, 5, { cause: error });
}
