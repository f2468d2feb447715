import { ApiError } from '#core/http';
import type { LocalClaim } from './claim-model.js';

const refused = (code: string, description: string, status = 400) =>
  new ApiError(code, status, 'The value of a claim is refused.', description);

/** Errors of values that users are given. */
export const claimValueErrors = {
  unknown: (uri: string) => new ApiError('CMT-50017', 400, 'Unknown claim.', `There is no local claim ${uri}.`),
  readOnly: ({ displayName }: LocalClaim) => refused('SUO-60020', `${displayName} cannot be changed by the user.`),
  several: ({ displayName }: LocalClaim) => refused('SUO-60021', `${displayName} takes one value.`),
  format: ({ displayName }: LocalClaim, problem: string) => refused('SUO-60022', `${displayName}: ${problem}.`),
  pattern: ({ displayName, regEx = '' }: LocalClaim) =>
    refused('SUO-10001', `${displayName} does not match the pattern ${regEx}`),
  length: ({ displayName }: LocalClaim, most: number) =>
    refused('SUO-10002', `${displayName} has ${most} characters at most.`),
  duplicate: ({ displayName }: LocalClaim, status: number) =>
    refused('SUO-60023', `The value of ${displayName} belongs to another user; it must be unique.`, status),
  severalOff: (code: string, what: string) => refused(code, `Several ${what} are not enabled.`),
  primaryMissing: (code: string, what: string, list: string) => refused(code, `${list} must contain the ${what}.`),
  notListed: (list: string, verified: string) =>
    refused('SUO-60024', `${verified} may contain only what is in ${list}.`),
  verifiedAtOnce: (code: string, what: string) => refused(code, `Only one of several ${what} is verified at a time.`),
  verificationOff: (code: string, what: string) =>
    refused(code, `The verification of ${what} is not enabled, so the user cannot add to those that are verified.`),
} as const;
