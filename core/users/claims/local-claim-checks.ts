import { profilesThatDiffer } from './claim-answers.js';
import type { ClaimDialects } from './claim-dialects.js';
import { claimErrors } from './claim-errors.js';
import { IDENTITY_CLAIMS, LOCAL_DIALECT, type LocalClaim, localClaim } from './claim-model.js';
import { dataTypeOf, EXCLUDED_STORES, type LocalClaimRequest } from './claim-requests.js';
import { checkComposition, checkInput, checkKeptByServer } from './local-claim-rules.js';
import { patternProblem } from './safe-pattern.js';

/** What follows the beginning of the URI of a claim of one's own; the whole is also the name of stored values. */
const ownName = /^(?=.{1,90}$)[A-Za-z0-9_.~-]+(\/[A-Za-z0-9_.~-]+)*$/;
/** Attributes of directories that hold secrets: whoever reads claims must never see them. */
const secretAttributes = new Set([
  'userpassword',
  'unicodepwd',
  'authpassword',
  'krbprincipalkey',
  'ntpwdhistory',
  'lmpwdhistory',
  'dbcspwd',
  'supplementalcredentials',
  'sambantpassword',
  'sambalmpassword',
]);
const profileNames = new Map([
  ['console', 'console'],
  ['endUser', 'endUser'],
  ['selfRegistration', 'selfRegistration'],
  ['selfRegister', 'selfRegistration'],
]);

/** URI of a claim that is to be added. @throws ApiError CMT-60001, CMT-60002, CMT-50038 */
export function checkOwnUri(uri: string, dialects: ClaimDialects): void {
  if (uri === '') throw claimErrors.emptyUri();
  if (!uri.startsWith(LOCAL_DIALECT) || !ownName.test(uri.slice(LOCAL_DIALECT.length)))
    throw claimErrors.invalid(
      `claimURI: it is ${LOCAL_DIALECT} and 1 to 90 letters, digits, dots, hyphens, underscores or tildes.`,
    );
  const lower = uri.toLowerCase();
  if (dialects.locals.some((claim) => claim.claimURI.toLowerCase() === lower)) throw claimErrors.exists(uri);
}

/**
 * A local claim as a request wants it.
 *
 * @param before the claim that is replaced; what ships keeps those of its newer members of which the request says nothing
 * @param stores domains of the user stores that there are
 * @throws ApiError CMT-60003 and others for what cannot be
 */
export function checkedLocal(
  request: LocalClaimRequest,
  before: LocalClaim | undefined,
  dialects: ClaimDialects,
  stores: ReadonlySet<string>,
): LocalClaim {
  const { attributeMapping, properties = [], dataType: _, displayName, ...rest } = request;
  const { id: _id, dialectURI: _dialect, inputFormat, profiles = {}, ...members } = rest;
  if (displayName.trim() === '' || displayName.length > 255) throw claimErrors.displayName();
  if ((request.description ?? '').length > 1024) throw claimErrors.description();
  const claim = localClaim.parse({
    ...(before?.system ? keptOf(before) : {}),
    ...defined(members),
    ...(inputFormat?.inputType ? { inputFormat } : {}),
    displayName,
    dataType: checkedType(request, before),
    ...mappings(attributeMapping, before, stores, request.claimURI),
    ...propertiesOf(properties, before, stores),
    system: before?.system ?? false,
  });
  const checked = plain({ ...claim, profiles: profilesThatDiffer(claim, namedProfiles(profiles)) }, before);
  checkSystem(checked, before);
  checkComposition(checked, dialects);
  checkInput(checked);
  checkKeptByServer(checked, before);
  const problem = checked.regEx ? patternProblem(checked.regEx) : undefined;
  if (problem !== undefined && checked.regEx !== before?.regEx) throw claimErrors.invalid(`regEx: ${problem}.`);
  if (Buffer.byteLength(JSON.stringify(checked)) > 60_000) throw claimErrors.invalid('The claim is too large.');
  return checked;
}

/** Without members that say what holds in any case, so that a claim that is read and sent back stays as it was. */
function plain(claim: LocalClaim, before: LocalClaim | undefined): LocalClaim {
  const { extendedValued, sharedProfileValueResolvingMethod: method, managedInUserStore, ...rest } = claim;
  const isUsual = managedInUserStore === !claim.claimURI.startsWith(IDENTITY_CLAIMS);
  return {
    ...rest,
    ...(extendedValued ? { extendedValued } : {}),
    ...(method !== undefined && method !== 'FromOrigin' ? { sharedProfileValueResolvingMethod: method } : {}),
    ...(managedInUserStore !== undefined && !(isUsual && before?.managedInUserStore === undefined)
      ? { managedInUserStore }
      : {}),
  };
}

/** Members that clients of older versions of the API do not know, so that they cannot mean to remove them. */
function keptOf(before: LocalClaim): Partial<LocalClaim> {
  const { multiValued, subAttributes, canonicalValues, extendedValued, inputFormat, managedInUserStore } = before;
  const { uniquenessScope, sharedProfileValueResolvingMethod } = before;
  return defined({
    multiValued,
    subAttributes,
    canonicalValues,
    extendedValued,
    inputFormat,
    managedInUserStore,
    uniquenessScope,
    sharedProfileValueResolvingMethod,
  });
}

function defined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const given = Object.entries(members).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function checkedType({ dataType }: LocalClaimRequest, before: LocalClaim | undefined): LocalClaim['dataType'] {
  if (dataType === undefined || dataType === '') return before?.system ? before.dataType : 'string';
  const type = dataTypeOf(dataType);
  if (!type) throw claimErrors.invalid(`dataType: there is no data type ${dataType}.`);
  return type;
}

function mappings(
  given: LocalClaimRequest['attributeMapping'],
  before: LocalClaim | undefined,
  stores: ReadonlySet<string>,
  uri: string,
): Pick<LocalClaim, 'attribute' | 'attributes'> {
  if (given.length === 0) throw claimErrors.mapping('there must be one at least.');
  const attributes: Record<string, string> = {};
  for (const { mappedAttribute, userstore } of given) {
    const domain = userstore.toUpperCase();
    if (domain === '') throw claimErrors.emptyStore();
    if (!stores.has(domain) && before?.attributes[domain] === undefined) throw claimErrors.unknownStore(userstore);
    if (!/^[^\s,\p{Cc}\p{Cs}]{1,100}$/u.test(mappedAttribute))
      throw claimErrors.mapping('mappedAttribute has 1 to 100 characters without spaces and commas.');
    if (secretAttributes.has(mappedAttribute.toLowerCase()))
      throw claimErrors.mapping(`the attribute ${mappedAttribute} holds secrets.`);
    if (attributes[domain] !== undefined) throw claimErrors.mapping(`there are two for the user store ${domain}.`);
    attributes[domain] = mappedAttribute;
  }
  const usual = before?.attribute ?? uri.slice(LOCAL_DIALECT.length).replaceAll('/', '_');
  const { PRIMARY: attribute = usual, ...others } = attributes;
  return { attribute, attributes: others };
}

function propertiesOf(
  given: readonly { readonly key: string; readonly value: string }[],
  before: LocalClaim | undefined,
  stores: ReadonlySet<string>,
): Pick<LocalClaim, 'properties' | 'excludedUserStores'> {
  const { [EXCLUDED_STORES]: excluded = '', ...properties } = Object.fromEntries(
    given.map(({ key, value }) => [key, value]),
  );
  const domains = excluded.split(',').map((domain) => domain.trim().toUpperCase());
  const excludedUserStores = [...new Set(domains.filter((domain) => domain !== ''))];
  const unknown = excludedUserStores.find(
    (domain) => !stores.has(domain) && !before?.excludedUserStores.includes(domain),
  );
  if (unknown !== undefined) throw claimErrors.unknownStore(unknown);
  return { properties, excludedUserStores };
}

function namedProfiles(given: LocalClaim['profiles']): LocalClaim['profiles'] {
  const named = Object.entries(given).map(([name, profile]) => {
    const known = profileNames.get(name);
    if (known === undefined) throw claimErrors.invalid(`profiles: there is no profile ${name}.`);
    return [known, defined(profile)] as const;
  });
  return Object.fromEntries(named);
}

/** What may not be changed of a claim that ships. */
function checkSystem(claim: LocalClaim, before: LocalClaim | undefined): void {
  if (!before?.system) return;
  if (claim.multiValued !== before.multiValued) throw claimErrors.systemMultiValued();
  if (claim.dataType !== before.dataType) throw claimErrors.systemDataType();
  const method = (of: LocalClaim) => of.sharedProfileValueResolvingMethod ?? 'FromOrigin';
  if (method(claim) !== method(before))
    throw claimErrors.system('sharedProfileValueResolvingMethod: it cannot be changed for a claim that ships.');
}
