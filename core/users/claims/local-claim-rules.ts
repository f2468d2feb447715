import type { ClaimDialects } from './claim-dialects.js';
import { claimErrors } from './claim-errors.js';
import type { LocalClaim } from './claim-model.js';
import { isKeptByServer } from './kept-claims.js';

const INPUT_TYPES = [
  'text_input',
  'number_input',
  'checkbox',
  'toggle',
  'dropdown',
  'radio_group',
  'multi_select_dropdown',
  'checkbox_group',
  'date_picker',
] as const;

/** What a claim is made of. @throws ApiError CMT-60014 to CMT-60016 */
export function checkComposition(claim: LocalClaim, dialects: ClaimDialects): void {
  const { claimURI, dataType, subAttributes } = claim;
  if (dataType !== 'complex') {
    if (subAttributes.length > 0) throw claimErrors.subAttributesOfSimple();
    return;
  }
  if (subAttributes.length === 0) throw claimErrors.subAttribute('a complex claim has one at least.');
  const whole = dialects.locals.find((other) => other.subAttributes.includes(claimURI));
  if (whole)
    throw claimErrors.subAttribute(`${whole.claimURI} consists of this claim, which can therefore not be complex.`);
  if (new Set(subAttributes).size < subAttributes.length) throw claimErrors.subAttribute('two are the same.');
  for (const uri of subAttributes) {
    const part = dialects.local(uri);
    if (!part) throw claimErrors.unknownSubAttribute(uri);
    if (uri === claimURI || part.dataType === 'complex')
      throw claimErrors.subAttribute('a complex claim does not consist of complex ones.');
  }
}

/** How values come about. @throws ApiError CMT-60017 to CMT-60022 */
export function checkInput(claim: LocalClaim): void {
  const { dataType, multiValued, canonicalValues, extendedValued = false, uniquenessScope, inputFormat } = claim;
  if (dataType === 'boolean' && multiValued) throw claimErrors.multiValuedBoolean();
  if (canonicalValues.length > 0 && dataType !== 'string')
    throw claimErrors.canonicalValues('only claims of text have them.');
  if (new Set(canonicalValues.map(({ value }) => value)).size < canonicalValues.length)
    throw claimErrors.canonicalValues('two have the same value.');
  if (extendedValued) {
    if (dataType !== 'string') throw claimErrors.extendedType();
    if (canonicalValues.length > 0) throw claimErrors.extendedOptions();
    if (uniquenessScope !== 'NONE') throw claimErrors.extendedUnique();
  }
  if (!inputFormat) return;
  const type = INPUT_TYPES.find((known) => known === inputFormat.inputType.toLowerCase());
  if (!type) throw claimErrors.inputType(`there is no input type ${inputFormat.inputType}.`);
  const fitting = inputTypesOf(claim);
  if (!fitting.includes(type))
    throw claimErrors.inputType(`a claim of this type is entered by one of: ${fitting.join(', ')}.`);
}

function inputTypesOf({ dataType, multiValued, canonicalValues }: LocalClaim): readonly string[] {
  if (dataType === 'boolean') return ['checkbox', 'toggle'];
  if (canonicalValues.length > 0)
    return multiValued ? ['multi_select_dropdown', 'checkbox_group'] : ['dropdown', 'radio_group'];
  if (dataType === 'integer' || dataType === 'decimal') return ['text_input', 'number_input'];
  if (dataType === 'date' || dataType === 'datetime' || dataType === 'epoch') return ['text_input', 'date_picker'];
  return ['text_input'];
}

/** @throws ApiError CMT-60008 when what the server reads itself would be kept elsewhere */
export function checkKeptByServer(claim: LocalClaim, before: LocalClaim | undefined): void {
  if (!isKeptByServer(claim.claimURI)) return;
  const isMoved = claim.managedInUserStore === true || claim.excludedUserStores.length > 0;
  const isShared = claim.uniquenessScope !== 'NONE' && claim.uniquenessScope !== before?.uniquenessScope;
  if (isMoved) throw claimErrors.system('managedInUserStore: the server itself keeps this claim; it cannot be moved.');
  if (isShared) throw claimErrors.system('uniquenessScope: values of this claim are not unique.');
}
