import { ApiError, type FileError } from '#core/http';

const INHERITED = 'Only the root organization can change its dialects and claims; those below have the same.';

/** Errors of the claim API: codes of its published catalogue. */
export const claimErrors = {
  invalid: (description: string) => new ApiError('CMT-60001', 400, 'Invalid claim management request.', description),
  emptyUri: () =>
    new ApiError('CMT-60002', 400, 'Invalid claim management request.', 'claimURI: it must not be empty.'),
  emptyDialect: () =>
    new ApiError('CMT-50028', 400, 'Invalid claim management request.', 'dialectURI: it must not be empty.'),
  emptyMapping: () =>
    new ApiError('CMT-50032', 400, 'Invalid claim management request.', 'mappedLocalClaimURI: it must not be empty.'),
  displayName: () =>
    new ApiError('CMT-60003', 400, 'Invalid claim management request.', 'displayName: it has 1 to 255 characters.'),
  description: () =>
    new ApiError(
      'CMT-60004',
      400,
      'Invalid claim management request.',
      'description: it has 1,024 characters at most.',
    ),
  emptyStore: () =>
    new ApiError(
      'CMT-60005',
      400,
      'Invalid claim management request.',
      'attributeMapping: userstore must not be empty.',
    ),
  mapping: (description: string) =>
    new ApiError('CMT-60006', 400, 'Invalid claim management request.', `attributeMapping: ${description}`),
  inherited: () => new ApiError('CMT-60007', 403, 'Claims are inherited.', INHERITED),
  inheritedClaim: () => new ApiError('CMT-60009', 403, 'Claims are inherited.', INHERITED),
  inheritedMapping: () => new ApiError('CMT-60010', 403, 'Claims are inherited.', INHERITED),
  inheritedFile: () => new ApiError('CMT-60011', 403, 'Claims are inherited.', INHERITED),
  system: (description: string) => new ApiError('CMT-60008', 400, 'Invalid claim management request.', description),
  systemMultiValued: () =>
    new ApiError(
      'CMT-60012',
      400,
      'Invalid claim management request.',
      'multiValued: it cannot be changed for a claim that ships.',
    ),
  systemDataType: () =>
    new ApiError(
      'CMT-60013',
      400,
      'Invalid claim management request.',
      'dataType: it cannot be changed for a claim that ships.',
    ),
  subAttributesOfSimple: () =>
    new ApiError(
      'CMT-60014',
      400,
      'Invalid claim management request.',
      'subAttributes: only a complex claim has them.',
    ),
  unknownSubAttribute: (uri: string) =>
    new ApiError(
      'CMT-60015',
      400,
      'Invalid claim management request.',
      `subAttributes: there is no local claim ${uri}.`,
    ),
  subAttribute: (description: string) =>
    new ApiError('CMT-60016', 400, 'Invalid claim management request.', `subAttributes: ${description}`),
  inputType: (description: string) =>
    new ApiError('CMT-60017', 400, 'Invalid claim management request.', `inputFormat: ${description}`),
  multiValuedBoolean: () =>
    new ApiError('CMT-60018', 400, 'Invalid claim management request.', 'multiValued: a boolean claim has one value.'),
  canonicalValues: (description: string) =>
    new ApiError('CMT-60019', 400, 'Invalid claim management request.', `canonicalValues: ${description}`),
  extendedType: () =>
    new ApiError(
      'CMT-60020',
      400,
      'Invalid claim management request.',
      'extendedValued: only claims of text can have long values.',
    ),
  extendedOptions: () =>
    new ApiError(
      'CMT-60021',
      400,
      'Invalid claim management request.',
      'extendedValued: a claim with canonical values has no long ones.',
    ),
  extendedUnique: () =>
    new ApiError(
      'CMT-60022',
      400,
      'Invalid claim management request.',
      'extendedValued: long values cannot be required to be unique.',
    ),
  noDialect: (id: string) =>
    new ApiError('CMT-50016', 404, 'Claim dialect not found.', `There is no claim dialect ${id}.`),
  noExternal: (id: string) =>
    new ApiError('CMT-50018', 404, 'Claim not found.', `The dialect has no claim with the id ${id}.`),
  noLocal: (id: string) =>
    new ApiError('CMT-50019', 404, 'Claim not found.', `There is no local claim with the id ${id}.`),
  otherLocal: () =>
    new ApiError(
      'CMT-50020',
      409,
      'The claim URI differs.',
      'claimURI: a claim cannot be renamed; it must be that of the path.',
    ),
  otherExternal: () =>
    new ApiError(
      'CMT-50021',
      409,
      'The claim URI differs.',
      'claimURI: a claim cannot be renamed; it must be that of the path.',
    ),
  paging: () => new ApiError('CMT-50022', 501, 'Not supported.', 'Paging is not supported by this list.'),
  filtering: () => new ApiError('CMT-50023', 501, 'Not supported.', 'Filtering is not supported by this list.'),
  sorting: () => new ApiError('CMT-50024', 501, 'Not supported.', 'Sorting is not supported by this list.'),
  attributes: () =>
    new ApiError('CMT-50025', 501, 'Not supported.', 'Choosing attributes is not supported by this list.'),
  unknownStore: (domain: string) =>
    new ApiError('CMT-50026', 400, 'Invalid claim management request.', `There is no user store ${domain}.`),
  mapped: (names: readonly string[]) =>
    new ApiError(
      'CMT-50031',
      400,
      'Invalid claim management request.',
      `Claims of other dialects map to it: ${names.slice(0, 5).join(', ')}. Remove those first.`,
    ),
  unknownLocal: (uri: string) =>
    new ApiError(
      'CMT-50033',
      400,
      'Invalid claim management request.',
      `mappedLocalClaimURI: there is no local claim ${uri}.`,
    ),
  exists: (uri: string) => new ApiError('CMT-50038', 409, 'It exists already.', `There is ${uri} already.`),
  alreadyMapped: (uri: string) =>
    new ApiError(
      'CMT-50039',
      409,
      'The local claim is mapped already.',
      `Another claim of the dialect maps to ${uri}.`,
    ),
  used: (by: 'application' | 'identity provider', name: string) =>
    by === 'application'
      ? new ApiError('CMT-50040', 400, 'Invalid claim management request.', `The ${by} ${name} uses the claim.`)
      : new ApiError('CMT-50041', 400, 'Invalid claim management request.', `The ${by} ${name} uses the claim.`),
  file: (cause: FileError) =>
    new ApiError('CMT-50042', 400, 'Invalid claim management request.', `file: ${cause.message}`, { cause }),
  fileType: (cause: FileError) =>
    new ApiError('CMT-50046', 400, 'Invalid claim management request.', cause.message, { cause }),
} as const;
