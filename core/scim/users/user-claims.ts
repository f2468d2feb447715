import type { UserClaims } from '#core/users';
import { readSingle } from '../attributes/read-values.js';
import {
  type AttributeValue,
  attributeOf,
  bagOf,
  bare,
  type ComplexValue,
  emptyResource,
  isComplex,
  isSame,
  type ScimResource,
  type SimpleValue,
} from '../attributes/resource.js';
import { type ScimAttribute, subAttribute } from '../attributes/resource-model.js';
import { badRequest, ScimError } from '../protocol/scim-error.js';
import type { ClaimSlot } from './claim-slots.js';
import type { TextsByClaim } from './typed-lists.js';
import type { ClaimedAttribute, UserSchema } from './user-schema.js';

/** Values of one claim at most. */
const MOST_VALUES = 100;
/** Characters of a value at most: what every database keeps. */
const LONGEST_VALUE = 16_000;
/** No database keeps the first; the second is no Unicode. */
const UNFIT = /\0|[\ud800-\udfff]/u;

/**
 * What has to be written to turn one resource into another: claims with their new values, an empty list where a value is
 * gone. Only attributes that differ count, so that a claim that two of them show follows the one that was changed.
 *
 * @param before undefined: there is none yet
 * @throws ScimError 400 invalidValue for what no claim can keep
 */
export function changesBetween(schema: UserSchema, before: ScimResource, after: ScimResource): UserClaims {
  const changes: Record<string, readonly string[]> = {};
  for (const at of schema.claimed) {
    const [old, now] = [attributeOf(before, at), attributeOf(after, at)];
    if (at.attribute.mutability === 'readOnly' || isSame(old, now)) continue;
    const [from, to] = [textsOf(at, old), textsOf(at, now)];
    for (const { claim, part } of at.slots) {
      const texts = to.get(claim.claimURI) ?? [];
      if (isSameList(from.get(claim.claimURI) ?? [], texts) || isPartReadOnly(at.attribute, part)) continue;
      if (texts.length === 0 && isShownElsewhere(schema, at, claim.claimURI, after)) continue;
      check(part === undefined ? at.attribute.name : `${at.attribute.name}.${part}`, texts);
      changes[claim.claimURI] = texts;
    }
  }
  return changes;
}

/** The attributes that claims of a user are shown as. */
export function resourceOf(schema: UserSchema, claims: UserClaims): ScimResource {
  const resource = emptyResource();
  const textsIn = ({ claim }: ClaimSlot) => claims[claim.claimURI] ?? [];
  const shown = new Set(Object.keys(claims).flatMap((uri) => (claims[uri]?.length ? schema.attributesOf(uri) : [])));
  for (const at of shown) {
    const value = at.list ? at.list.read(textsIn) : valueIn(at.attribute, at.slots, textsIn);
    if (value !== undefined) bagOf(resource, at.extension)[at.attribute.name] = value;
  }
  return resource;
}

function textsOf({ list, slots }: ClaimedAttribute, value: AttributeValue | undefined): TextsByClaim {
  const texts: TextsByClaim = new Map();
  if (value === undefined) return texts;
  if (list) list.write(Array.isArray(value) ? value : [value], texts);
  else
    for (const { part, claim } of slots) {
      const own = part === undefined ? value : partOf(value, part);
      if (own !== undefined) texts.set(claim.claimURI, (Array.isArray(own) ? own : [own]).map(String));
    }
  return texts;
}

/** A claim that two attributes show is not gone as long as one of them has it. */
function isShownElsewhere(schema: UserSchema, here: ClaimedAttribute, uri: string, after: ScimResource): boolean {
  return schema
    .attributesOf(uri)
    .some((at) => at !== here && (textsOf(at, attributeOf(after, at)).get(uri) ?? []).length > 0);
}

const isSameList = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((text, index) => text === b[index]);

const isPartReadOnly = (attribute: ScimAttribute, part: string | undefined) =>
  part !== undefined && subAttribute(attribute, part)?.mutability === 'readOnly';

function valueIn(
  attribute: ScimAttribute,
  slots: readonly ClaimSlot[],
  textsIn: (slot: ClaimSlot) => readonly string[],
): AttributeValue | undefined {
  if (attribute.type !== 'complex') {
    const values = textsIn(slots[0] as ClaimSlot).map((text) => typed(attribute, text));
    return attribute.multiValued ? values : values[0];
  }
  const complex = bare<ComplexValue>();
  for (const slot of slots) {
    const sub = attribute.subAttributes.find(({ name }) => name === slot.part);
    const values = sub ? textsIn(slot).map((text) => typed(sub, text)) : [];
    if (sub && values.length > 0) complex[sub.name] = sub.multiValued ? values : (values[0] as SimpleValue);
  }
  return Object.keys(complex).length === 0 ? undefined : complex;
}

/** Stores may have anything; what is not of the type is shown as the text that it is. */
function typed(attribute: ScimAttribute, text: string): SimpleValue {
  if (attribute.type === 'string') return text;
  try {
    const value = readSingle(attribute, text);
    return value === undefined || isComplex(value) ? text : value;
  } catch (error) {
    if (error instanceof ScimError) return text;
    throw error;
  }
}

function partOf(value: AttributeValue, part: string): AttributeValue | undefined {
  return isComplex(value) ? value[part] : undefined;
}

function check(name: string, texts: readonly string[]): void {
  if (texts.length > MOST_VALUES) throw badRequest('invalidValue', `${name} has more than ${MOST_VALUES} values.`);
  for (const text of texts) {
    if (text.length > LONGEST_VALUE)
      throw badRequest('invalidValue', `A value of ${name} is longer than ${LONGEST_VALUE} characters.`);
    if (UNFIT.test(text)) throw badRequest('invalidValue', `A value of ${name} has characters that cannot be kept.`);
  }
}
