import { type ClaimDialects, claimUri, type LocalClaim } from '#core/users';
import {
  type AttributeType,
  attribute,
  type ResolvedAttribute,
  ResourceModel,
  type ScimAttribute,
} from '../attributes/resource-model.js';
import { Schemas } from '../protocol/schemas.js';
import { type ClaimSlot, claimSlots, type ShownExtensions } from './claim-slots.js';
import { TypedList } from './typed-lists.js';
import { GROUPS, PASSWORD, ROLES, TYPED_LISTS } from './user-attributes.js';

const TYPES: Readonly<Record<LocalClaim['dataType'], AttributeType>> = {
  string: 'string',
  integer: 'integer',
  decimal: 'decimal',
  boolean: 'boolean',
  date: 'dateTime',
  datetime: 'dateTime',
  epoch: 'string',
  complex: 'string',
};

const identity = (name: string) => claimUri(`identity/${name}`);

/** What only the server sets, whoever asks. `readOnly` of a claim is for forms; the API does not go by it. */
const SET_BY_SERVER: ReadonlySet<string> = new Set([
  ...['accountState', 'lockedReason', 'lastLoginTime', 'lastLogonTime', 'lastPasswordUpdateTime'].map(identity),
  ...['managedOrg', 'sharedType', 'emailaddress.pendingValue', 'mobileNumber.pendingValue'].map(identity),
  ...['passwordExpiryTime', 'isReadOnlyUser'].map(identity),
  claimUri('oneTimePassword'),
]);
/** What is answered only when it is asked for by name. */
const ON_REQUEST: ReadonlySet<string> = new Set([
  ...['passwordExpiryTime', 'isReadOnlyUser'].map(identity),
  claimUri('oneTimePassword'),
]);

/** Whether the user's store takes no changes; found out, not kept. */
export const IS_READ_ONLY = identity('isReadOnlyUser');

/** An attribute with the claims that it is made of. */
export interface ClaimedAttribute extends Omit<ResolvedAttribute, 'sub'> {
  readonly slots: readonly ClaimSlot[];
  /** Of attributes such as `emails`. */
  readonly list: TypedList | undefined;
}

/** What a user looks like in an organization, and where each claim stands in it. */
export class UserSchema {
  readonly model: ResourceModel;
  /** Places of claims. */
  readonly slots: readonly ClaimSlot[];
  /** Attributes that are made of claims. */
  readonly claimed: readonly ClaimedAttribute[];
  readonly #byClaim = new Map<string, ClaimedAttribute[]>();
  readonly #byAttribute = new Map<string, ClaimSlot[]>();

  constructor(dialects: ClaimDialects, shown: ShownExtensions) {
    this.slots = claimSlots(dialects, shown);
    for (const slot of this.slots) {
      const key = keyOf(slot.extension, slot.name);
      this.#byAttribute.set(key, [...(this.#byAttribute.get(key) ?? []), slot]);
    }
    const extensions = [
      ...(shown.enterprise ? [Schemas.enterpriseUser] : []),
      Schemas.system,
      ...(shown.custom ? [dialects.customSchema] : []),
    ];
    const core = [attribute('userName'), ...this.#attributesOf(undefined), GROUPS, ROLES, PASSWORD];
    this.model = new ResourceModel(
      'User',
      { id: Schemas.user, attributes: core.filter(({ name }) => name !== 'externalId') },
      extensions.map((id) => ({ id, attributes: this.#attributesOf(id) })),
    );
    this.claimed = [...this.model.attributes()].flatMap((at) => {
      const slots = this.slotsOf(at);
      const list = TYPED_LISTS.includes(at.attribute) ? new TypedList(at.attribute, slots) : undefined;
      return slots.length > 0 ? [{ ...at, slots, list }] : [];
    });
    for (const one of this.claimed)
      for (const { claim } of one.slots)
        this.#byClaim.set(claim.claimURI, [...(this.#byClaim.get(claim.claimURI) ?? []), one]);
  }

  /** Attributes that show a claim. */
  attributesOf(claim: string): readonly ClaimedAttribute[] {
    return this.#byClaim.get(claim) ?? [];
  }

  /** Places of the claims that an attribute is made of. */
  slotsOf({
    extension,
    attribute: { name },
  }: Pick<ResolvedAttribute, 'extension' | 'attribute'>): readonly ClaimSlot[] {
    return this.#byAttribute.get(keyOf(extension, name)) ?? [];
  }

  #attributesOf(extension: string | undefined): readonly ScimAttribute[] {
    const found = new Map<string, ScimAttribute>();
    for (const slot of this.slots)
      if (slot.extension === extension && !found.has(slot.name))
        found.set(slot.name, attributeOf(this.#byAttribute.get(keyOf(extension, slot.name)) ?? [slot]));
    return [...found.values()];
  }
}

const keyOf = (extension: string | undefined, name: string) => `${extension ?? ''}|${name}`;

function attributeOf(slots: readonly ClaimSlot[]): ScimAttribute {
  const { extension, name, claim } = slots[0] as ClaimSlot;
  const list = extension === undefined ? TYPED_LISTS.find((one) => one.name === name) : undefined;
  if (list) return list;
  const parts = slots.filter(({ part }) => part !== undefined);
  if (parts.length > 0)
    return attribute(name, { subAttributes: parts.map((slot) => simple(slot.part as string, slot.claim)) });
  return simple(name, claim);
}

function simple(name: string, { claimURI, dataType, multiValued }: LocalClaim): ScimAttribute {
  return attribute(name, {
    type: name === '$ref' ? 'reference' : TYPES[dataType],
    multiValued,
    mutability: SET_BY_SERVER.has(claimURI) ? 'readOnly' : 'readWrite',
    returned: ON_REQUEST.has(claimURI) ? 'request' : 'default',
  });
}
