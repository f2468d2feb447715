import { ApiError } from '#core/http';

/** Errors of the consent APIs, of both versions and of users. */
export const consentErrors = {
  invalid: (description: string) => new ApiError('CMT-60001', 400, 'Invalid request.', description),
  filter: (description: string) => new ApiError('CMT-60002', 400, 'Invalid filter.', description),
  cursor: (description: string) => new ApiError('CMT-60003', 400, 'Invalid cursor.', description),
  elementNotFound: (id: string) =>
    new ApiError('CMT-60004', 404, 'Element not found.', `There is no element with the id ${id}.`),
  purposeNotFound: (id: string) =>
    new ApiError('CMT-60005', 404, 'Purpose not found.', `There is no purpose with the id ${id}.`),
  versionNotFound: (id: string) =>
    new ApiError('CMT-60006', 404, 'Version not found.', `The purpose has no version with the id ${id}.`),
  categoryNotFound: (id: string) =>
    new ApiError('CMT-60007', 404, 'Purpose category not found.', `There is no purpose category with the id ${id}.`),
  consentNotFound: (id: string) =>
    new ApiError('CMT-60008', 404, 'Consent not found.', `There is no consent with the id ${id}.`),
  elementExists: (name: string) =>
    new ApiError('CMT-60009', 409, 'Element already exists.', `There is an element with the name ${name}.`),
  purposeExists: (name: string) =>
    new ApiError(
      'CMT-60010',
      409,
      'Purpose already exists.',
      `There is a purpose with the name ${name}, the same type and the same group.`,
    ),
  versionExists: (label: string) =>
    new ApiError('CMT-60011', 409, 'Version already exists.', `The purpose has a version ${label}.`),
  categoryExists: (name: string) =>
    new ApiError(
      'CMT-60012',
      409,
      'Purpose category already exists.',
      `There is a purpose category with the name ${name}.`,
    ),
  elementInUse: () =>
    new ApiError('CMT-60013', 409, 'Element in use.', 'Versions of purposes or consents have the element.'),
  purposeInUse: () =>
    new ApiError('CMT-60014', 409, 'Purpose in use.', 'Consents have been given to the purpose. They are proof of it.'),
  versionInUse: () =>
    new ApiError('CMT-60015', 409, 'Version in use.', 'Consents have been given to the version. They are proof of it.'),
  latestVersion: () =>
    new ApiError(
      'CMT-60016',
      409,
      'Latest version.',
      'The latest version of a purpose cannot be deleted. Make another one the latest, or delete the purpose.',
    ),
  unknownElement: (id: string) =>
    new ApiError('CMT-60017', 400, 'Unknown element.', `There is no element with the id ${id}.`),
  unknownPurpose: (id: string) =>
    new ApiError('CMT-60018', 400, 'Unknown purpose.', `There is no purpose with the id ${id}.`),
  foreignElement: (id: string) =>
    new ApiError('CMT-60019', 400, 'Element not of the purpose.', `The purpose has no element with the id ${id}.`),
  mandatoryElement: (name: string) =>
    new ApiError('CMT-60020', 400, 'Mandatory element missing.', `The purpose needs consent to the element ${name}.`),
  unknownUser: (name: string) => new ApiError('CMT-60021', 400, 'Unknown user.', `There is no user ${name}.`),
  notSubject: () =>
    new ApiError('CMT-60022', 403, 'Not allowed.', 'The consent is that of another user, who alone may do that.'),
  notAuthorizer: () =>
    new ApiError('CMT-60023', 403, 'Not allowed.', 'The user has not been asked to authorize the consent.'),
  notPending: (state: string) =>
    new ApiError(
      'CMT-60024',
      409,
      'Consent not pending.',
      `The consent is ${state}. Only a pending one can be authorized.`,
    ),
  decided: (state: string) =>
    new ApiError(
      'CMT-60025',
      400,
      'Consent already decided.',
      `The consent is ${state}. Its authorizations cannot be changed any more.`,
    ),
  authorizationState: (name: string) =>
    new ApiError(
      'CMT-60026',
      400,
      'State missing.',
      `authorizations: ${name} has been asked already; a state is wanted.`,
    ),
  unknownCategory: (number: number) =>
    new ApiError('CMT-60027', 400, 'Unknown purpose category.', `There is no purpose category with the id ${number}.`),
  otherPrincipal: () =>
    new ApiError(
      'CMT-60028',
      403,
      'Not allowed.',
      'Consents of other users need the scope internal_consent_mgt_consent_view, _create or _update.',
    ),
} as const;
