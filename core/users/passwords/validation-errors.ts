import { ApiError } from '#core/http';

/** What can be wrong with validation rules, by the published numbers. @param description what exactly */
export const invalidRules = {
  '60001': (description: string) => new ApiError('IVM-60001', 400, 'No validation rules.', description),
  '60002': (description: string) => new ApiError('IVM-60002', 400, 'Invalid regular expression.', description),
  '60003': (description: string) => new ApiError('IVM-60003', 400, 'Invalid range.', description),
  '60004': (description: string) => new ApiError('IVM-60004', 400, 'Unknown field.', description),
  '60017': (description: string) => new ApiError('IVM-60017', 400, 'Invalid property type.', description),
  '60018': (description: string) => new ApiError('IVM-60018', 400, 'Unsupported property.', description),
  '60019': (description: string) => new ApiError('IVM-60019', 400, 'Unsupported validator.', description),
  '60020': (description: string) =>
    new ApiError('IVM-60020', 400, 'Rules and regular expressions at once.', description),
  '60022': (description: string) => new ApiError('IVM-60022', 400, 'The validator is not for this field.', description),
  '60023': (description: string) => new ApiError('IVM-60023', 400, 'Invalid property value.', description),
  '60026': (description: string) => new ApiError('IVM-60026', 400, 'Missing property.', description),
  '60027': (description: string) => new ApiError('IVM-60027', 400, 'Conflicting validators.', description),
} as const;

/** A number of {@link invalidRules}. */
export type RulesFaultCode = keyof typeof invalidRules;
