import { ApiError } from '#core/http';

const invalid = (code: string, description: string) =>
  new ApiError(`CMT-${code}`, 400, 'Invalid claim management request.', description);
const conflict = (code: string, message: string, description: string) =>
  new ApiError(`CMT-${code}`, 409, message, description);
const inherited = (code: string) =>
  new ApiError(
    `CMT-${code}`,
    403,
    'Claims are inherited.',
    'Only the root organization can change its dialects and claims; those below have the same.',
  );
const unsupported = (code: string, what: string) =>
  new ApiError(`CMT-${code}`, 501, 'Not supported.', `${what} is not supported by this list.`);

/** Errors of the claim API: codes of its published catalogue. */
export const claimErrors = {
  invalid: (description: string) => invalid('60001', description),
  emptyUri: () => invalid('60002', 'claimURI: it must not be empty.'),
  emptyDialect: () => invalid('50028', 'dialectURI: it must not be empty.'),
  emptyMapping: () => invalid('50032', 'mappedLocalClaimURI: it must not be empty.'),
  displayName: () => invalid('60003', 'displayName: it has 1 to 255 characters.'),
  description: () => invalid('60004', 'description: it has 1,024 characters at most.'),
  emptyStore: () => invalid('60005', 'attributeMapping: userstore must not be empty.'),
  mapping: (description: string) => invalid('60006', `attributeMapping: ${description}`),
  inherited: () => inherited('60007'),
  inheritedClaim: () => inherited('60009'),
  inheritedMapping: () => inherited('60010'),
  inheritedFile: () => inherited('60011'),
  system: (description: string) => invalid('60008', description),
  systemMultiValued: () => invalid('60012', 'multiValued: it cannot be changed for a claim that ships.'),
  systemDataType: () => invalid('60013', 'dataType: it cannot be changed for a claim that ships.'),
  subAttributesOfSimple: () => invalid('60014', 'subAttributes: only a complex claim has them.'),
  unknownSubAttribute: (uri: string) => invalid('60015', `subAttributes: there is no local claim ${uri}.`),
  subAttribute: (description: string) => invalid('60016', `subAttributes: ${description}`),
  inputType: (description: string) => invalid('60017', `inputFormat: ${description}`),
  multiValuedBoolean: () => invalid('60018', 'multiValued: a boolean claim has one value.'),
  canonicalValues: (description: string) => invalid('60019', `canonicalValues: ${description}`),
  extendedType: () => invalid('60020', 'extendedValued: only claims of text can have long values.'),
  extendedOptions: () => invalid('60021', 'extendedValued: a claim with canonical values has no long ones.'),
  extendedUnique: () => invalid('60022', 'extendedValued: long values cannot be required to be unique.'),
  noDialect: (id: string) =>
    new ApiError('CMT-50016', 404, 'Claim dialect not found.', `There is no claim dialect ${id}.`),
  noExternal: (id: string) =>
    new ApiError('CMT-50018', 404, 'Claim not found.', `The dialect has no claim with the id ${id}.`),
  noLocal: (id: string) =>
    new ApiError('CMT-50019', 404, 'Claim not found.', `There is no local claim with the id ${id}.`),
  otherLocal: () =>
    conflict('50020', 'The claim URI differs.', 'claimURI: a claim cannot be renamed; it must be that of the path.'),
  otherExternal: () =>
    conflict('50021', 'The claim URI differs.', 'claimURI: a claim cannot be renamed; it must be that of the path.'),
  paging: () => unsupported('50022', 'Paging'),
  filtering: () => unsupported('50023', 'Filtering'),
  sorting: () => unsupported('50024', 'Sorting'),
  attributes: () => unsupported('50025', 'Choosing attributes'),
  unknownStore: (domain: string) => invalid('50026', `There is no user store ${domain}.`),
  mapped: (names: readonly string[]) =>
    invalid('50031', `Claims of other dialects map to it: ${names.slice(0, 5).join(', ')}. Remove those first.`),
  unknownLocal: (uri: string) => invalid('50033', `mappedLocalClaimURI: there is no local claim ${uri}.`),
  exists: (uri: string) => conflict('50038', 'It exists already.', `There is ${uri} already.`),
  alreadyMapped: (uri: string) =>
    conflict('50039', 'The local claim is mapped already.', `Another claim of the dialect maps to ${uri}.`),
  used: (by: 'application' | 'identity provider', name: string) =>
    invalid(by === 'application' ? '50040' : '50041', `The ${by} ${name} uses the claim.`),
  file: (description: string) => invalid('50042', `file: ${description}`),
  fileType: (type: string) => invalid('50046', `${type} is not supported; JSON and YAML are.`),
} as const;
