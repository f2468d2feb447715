import { ResultCodeError } from 'ldapts';

/** Result codes (RFC 4511 section 4.1.9) that something follows from here. */
export const RESULT = {
  operationsError: 1,
  timeLimitExceeded: 3,
  sizeLimitExceeded: 4,
  strongerAuthRequired: 8,
  referral: 10,
  adminLimitExceeded: 11,
  confidentialityRequired: 13,
  noSuchAttribute: 16,
  constraintViolation: 19,
  attributeOrValueExists: 20,
  noSuchObject: 32,
  invalidDnSyntax: 34,
  inappropriateAuthentication: 48,
  invalidCredentials: 49,
  insufficientAccess: 50,
  busy: 51,
  unavailable: 52,
  unwillingToPerform: 53,
  namingViolation: 64,
  objectClassViolation: 65,
  alreadyExists: 68,
} as const;

/** The directory has not answered: no connection, none in time, or it broke. The message is for operators. */
export class DirectoryAway extends Error {
  override readonly name = 'DirectoryAway';
}

/** The directory does not let the server itself in. The message is for operators. */
export class BindRefused extends Error {
  override readonly name = 'BindRefused';
}

/** Result code of what was thrown; undefined when the directory has not answered. */
export function codeOf(error: unknown): number | undefined {
  return error instanceof ResultCodeError ? error.code : undefined;
}

/** Whether the directory has answered with one of these codes. */
export function answered(error: unknown, ...codes: readonly number[]): error is ResultCodeError {
  const code = codeOf(error);
  return code !== undefined && codes.includes(code);
}

/** Whether another server, or the same one a little later, may answer. */
export function isAway(error: unknown): boolean {
  if (error instanceof BindRefused) return false;
  return codeOf(error) === undefined || answered(error, RESULT.busy, RESULT.unavailable);
}
