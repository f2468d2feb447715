import { ApiError } from '#core/http';
import type { LocalClaim } from './claim-model.js';

/** Errors of values that users are given. */
export const claimValueErrors = {
  unknown: (uri: string) => new ApiError('CMT-50017', 400, 'Unknown claim.', `There is no local claim ${uri}.`),
  readOnly: ({ displayName }: LocalClaim) =>
    new ApiError('SUO-60020', 400, 'The value of a claim is refused.', `${displayName} cannot be changed by the user.`),
  several: ({ displayName }: LocalClaim) =>
    new ApiError('SUO-60021', 400, 'The value of a claim is refused.', `${displayName} takes one value.`),
  format: ({ displayName }: LocalClaim, problem: string) =>
    new ApiError('SUO-60022', 400, 'The value of a claim is refused.', `${displayName}: ${problem}.`),
  pattern: ({ displayName, regEx = '' }: LocalClaim) =>
    new ApiError(
      'SUO-10001',
      400,
      'The value of a claim is refused.',
      `${displayName} does not match the pattern ${regEx}`,
    ),
  length: ({ displayName }: LocalClaim, most: number) =>
    new ApiError(
      'SUO-10002',
      400,
      'The value of a claim is refused.',
      `${displayName} has ${most} characters at most.`,
    ),
  duplicate: ({ displayName }: LocalClaim, status: 400 | 409) => {
    const description = `The value of ${displayName} belongs to another user; it must be unique.`;
    return status === 409
      ? new ApiError('SUO-60023', 409, 'The value of a claim is refused.', description)
      : new ApiError('SUO-60023', 400, 'The value of a claim is refused.', description);
  },
  notListed: (list: string, verified: string) =>
    new ApiError(
      'SUO-60024',
      400,
      'The value of a claim is refused.',
      `${verified} may contain only what is in ${list}.`,
    ),
} as const;

/** Errors of one kind of address. */
export interface AddressErrors {
  /** Several are not enabled. */
  readonly off: () => ApiError;
  /** Several are to be verified at once. */
  readonly atOnce: () => ApiError;
  /** The user wants one to be verified, which is not enabled. */
  readonly verificationOff: () => ApiError;
  /** The primary one is not among all. */
  readonly unlisted: () => ApiError;
  /** The primary one is not among the verified ones. */
  readonly unverified: () => ApiError;
}

/** Errors of e-mail addresss, with the codes of the contract. */
export const emailErrors: AddressErrors = {
  off: () =>
    new ApiError('UEV-10004', 400, 'Several are not enabled.', 'Several e-mail addresss of one user are not enabled.'),
  atOnce: () =>
    new ApiError(
      'UEV-10003',
      400,
      'Several cannot be verified at once.',
      'Add one e-mail address at a time to those that are verified.',
    ),
  verificationOff: () =>
    new ApiError(
      'UEV-10002',
      400,
      'Verification is not enabled.',
      'The verification of e-mail addresss is not enabled, so users cannot add to those that are verified.',
    ),
  unlisted: () =>
    new ApiError(
      'UEV-10005',
      400,
      'The primary one is not listed.',
      'emailAddresses must contain the primary e-mail address.',
    ),
  unverified: () =>
    new ApiError(
      'UEV-10006',
      400,
      'The primary one is not verified.',
      'verifiedEmailAddresses must contain the primary e-mail address.',
    ),
};

/** Errors of mobile numbers, with the codes of the contract. */
export const mobileErrors: AddressErrors = {
  off: () =>
    new ApiError('UEV-10003', 400, 'Several are not enabled.', 'Several mobile numbers of one user are not enabled.'),
  atOnce: () =>
    new ApiError(
      'UMV-10002',
      400,
      'Several cannot be verified at once.',
      'Add one mobile number at a time to those that are verified.',
    ),
  verificationOff: () =>
    new ApiError(
      'UMV-10001',
      400,
      'Verification is not enabled.',
      'The verification of mobile numbers is not enabled, so users cannot add to those that are verified.',
    ),
  unlisted: () =>
    new ApiError(
      'UMV-10004',
      400,
      'The primary one is not listed.',
      'mobileNumbers must contain the primary mobile number.',
    ),
  unverified: () =>
    new ApiError(
      'UMV-10005',
      400,
      'The primary one is not verified.',
      'verifiedMobileNumbers must contain the primary mobile number.',
    ),
};
