import type { UserClaims } from '../user.js';
import type { ChangedBy } from '../user-rules.js';
import type { ClaimDialects } from './claim-dialects.js';
import { claimUri } from './claim-model.js';
import { type AddressErrors, claimValueErrors, emailErrors, mobileErrors } from './claim-value-errors.js';

/** Claims of one kind of address: the one that is used, all that there are, those that are known to be the user's. */
interface AddressKind {
  readonly primary: string;
  readonly list: string;
  readonly verified: string;
  /** Whether the primary one is known to be the user's. */
  readonly flag: string;
  /** Other claims that the flag speaks of. */
  readonly alsoFlagged: readonly string[];
  readonly errors: AddressErrors;
}

const kinds: readonly AddressKind[] = [
  {
    primary: claimUri('emailaddress'),
    list: claimUri('emailAddresses'),
    verified: claimUri('verifiedEmailAddresses'),
    flag: claimUri('identity/emailVerified'),
    alsoFlagged: [],
    errors: emailErrors,
  },
  {
    primary: claimUri('mobile'),
    list: claimUri('mobileNumbers'),
    verified: claimUri('verifiedMobileNumbers'),
    flag: claimUri('identity/phoneVerified'),
    // Clients of OpenID Connect are told of this one, and of the flag as if it were about it.
    alsoFlagged: [claimUri('telephone')],
    errors: mobileErrors,
  },
];

/** Claims that decide about addresses: whoever changes one of a kind has to know the others. */
export function claimsBeside(changes: UserClaims): readonly string[] {
  return kinds.flatMap(({ primary, list, verified, flag, alsoFlagged }) => {
    const all = [primary, list, verified, flag, ...alsoFlagged];
    return all.some((uri) => changes[uri] !== undefined) ? all : [];
  });
}

/** A change of the addresses of a user. */
export interface AddressChange {
  readonly before: UserClaims;
  readonly changes: UserClaims;
  readonly by: ChangedBy;
  /** Whether the operator lets users have several addresses. */
  readonly severalAllowed: boolean;
}

/**
 * What follows from a change of addresses, by kind: of several, the verified ones are among all of them, and so is the
 * primary one; a primary one that changes is not verified any more, unless it is among the verified ones, or whoever
 * changes it may say that it is.
 *
 * @throws ApiError with the codes of the contract (UEV, UMV) for what cannot be
 */
export function addressesAfter(change: AddressChange, dialects: ClaimDialects): UserClaims {
  const added: Record<string, readonly string[]> = {};
  for (const kind of kinds) {
    const isOn = change.severalAllowed && dialects.local(kind.list)?.supportedByDefault === true;
    if (isOn) Object.assign(added, severalAfter(kind, change));
    else if (change.by !== 'server') refuseSeveral(kind, change);
    Object.assign(added, flagAfter(kind, { ...change, changes: { ...change.changes, ...added } }, isOn));
  }
  return added;
}

function refuseSeveral({ list, verified, errors }: AddressKind, { before, changes }: AddressChange): void {
  const isNew = (uri: string) => (changes[uri] ?? []).some((value) => !before[uri]?.includes(value));
  if (isNew(list) || isNew(verified)) throw errors.off();
}

function severalAfter(kind: AddressKind, { before, changes, by }: AddressChange): UserClaims {
  const { primary, list, verified, errors } = kind;
  if ([primary, list, verified].every((uri) => changes[uri] === undefined)) return {};
  const after = (uri: string) => changes[uri] ?? before[uri] ?? [];
  const all = new Set(after(list));
  const added: Record<string, readonly string[]> = {};
  // Taking an address from the list takes it from the others too.
  const isListGiven = changes[list] !== undefined;
  if (changes[verified]?.some((value) => !all.has(value))) throw claimValueErrors.notListed(list, verified);
  const left = after(verified).filter((value) => all.has(value));
  if (isListGiven && left.length < after(verified).length) added[verified] = left;
  const known = added[verified] ?? after(verified);
  const fresh = known.filter((value) => !before[verified]?.includes(value));
  if (by === 'user' && fresh.length > 1) throw errors.atOnce();
  if (by === 'user' && fresh.length > 0) throw errors.verificationOff();
  const [chosen] = after(primary);
  if (chosen === undefined) return fresh[0] === undefined ? added : { ...added, [primary]: [fresh[0]] };
  if (all.size === 0 && !isListGiven) return added;
  if (changes[primary] === undefined && !all.has(chosen)) return { ...added, [primary]: [] };
  if (!all.has(chosen)) throw errors.unlisted();
  const isVerifiedGiven = changes[verified] !== undefined && known.length > 0;
  if (isVerifiedGiven && !known.includes(chosen)) throw errors.unverified();
  return added;
}

function flagAfter(kind: AddressKind, { before, changes, by }: AddressChange, isOn: boolean): UserClaims {
  const { primary, verified, flag, alsoFlagged } = kind;
  const differs = (uri: string) => changes[uri] !== undefined && (changes[uri][0] ?? '') !== (before[uri]?.[0] ?? '');
  const isChanged = [primary, ...alsoFlagged].some(differs);
  if (!isChanged || (changes[flag] !== undefined && by !== 'user')) return {};
  const [chosen] = changes[primary] ?? [];
  const known = changes[verified] ?? before[verified] ?? [];
  if (isOn && differs(primary) && chosen !== undefined && known.includes(chosen)) return { [flag]: ['true'] };
  return before[flag] === undefined && changes[flag] === undefined ? {} : { [flag]: [] };
}
