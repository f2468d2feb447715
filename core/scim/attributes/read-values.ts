import { isObject, membersOf } from '../protocol/json-body.js';
import { badRequest, shown } from '../protocol/scim-error.js';
import { type AttributeValue, bare, type ComplexValue, type SimpleValue, type SingleValue } from './resource.js';
import { type AttributeType, type ScimAttribute, subAttribute } from './resource-model.js';

const MOST_VALUES = 10_000;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/i;

/**
 * A value that a client has sent for an attribute, in the form of {@link ScimResource}. Undefined: unassigned, that is
 * null, an empty list (RFC 7643 section 2.5) or an empty text.
 *
 * Clients are met halfway where it is clear what they mean: one value for a list of them, a list of one for a single
 * value, `"id"` for `{"value": "id"}` and the reverse, `"True"` for `true`, a number for a text.
 *
 * @param path for the text of errors
 * @throws ScimError 400 invalidValue for a value of another type
 */
export function readValue(attribute: ScimAttribute, given: unknown, path = attribute.name): AttributeValue | undefined {
  if (!attribute.multiValued) return readSingle(attribute, given, path);
  if (given === null || given === undefined) return undefined;
  const list = Array.isArray(given) ? (given as unknown[]) : [given];
  if (list.length > MOST_VALUES) throw badRequest('invalidValue', `${path} has more than ${MOST_VALUES} values.`);
  const values = list.flatMap((one) => {
    const value = Array.isArray(one) ? wrong(attribute, one, path) : readSingle(attribute, one, path);
    return value === undefined ? [] : [value];
  });
  return values.length === 0 ? undefined : values;
}

/** One value of an attribute, or of one of its values when it has several. @throws ScimError 400 invalidValue */
export function readSingle(attribute: ScimAttribute, given: unknown, path = attribute.name): SingleValue | undefined {
  if (given === null || given === undefined) return undefined;
  if (Array.isArray(given)) {
    if (given.length === 0) return undefined;
    return given.length === 1 && !Array.isArray(given[0])
      ? readSingle(attribute, given[0], path)
      : wrong(attribute, given, path);
  }
  if (attribute.type === 'complex') return readComplex(attribute, given, path);
  if (!isObject(given)) return readSimple(attribute, given, path);
  const members = membersOf(given);
  const value = members.get('value');
  return value && !isObject(value.value) ? readSingle(attribute, value.value, path) : wrong(attribute, given, path);
}

function readComplex(attribute: ScimAttribute, given: unknown, path: string): ComplexValue | undefined {
  if (!isObject(given)) {
    const value = subAttribute(attribute, 'value');
    if (!value) return wrong(attribute, given, path);
    const read = readSingle(value, given, path);
    return read === undefined ? undefined : bare<ComplexValue>({ [value.name]: read });
  }
  const complex = bare<ComplexValue>();
  for (const [key, { value }] of membersOf(given)) {
    const sub = subAttribute(attribute, key);
    const read = sub && readValue(sub, value, `${path}.${sub.name}`);
    if (sub && read !== undefined) complex[sub.name] = read as SimpleValue;
  }
  return Object.keys(complex).length === 0 ? undefined : complex;
}

function readSimple(attribute: ScimAttribute, given: unknown, path: string): SimpleValue | undefined {
  if (given === '') return undefined;
  const read = readers[attribute.type as Exclude<AttributeType, 'complex'>](given);
  return read ?? wrong(attribute, given, path);
}

const text = (given: unknown) => {
  if (typeof given === 'string') return given;
  return typeof given === 'number' && Number.isFinite(given) ? String(given) : undefined;
};

const number = (given: unknown) => {
  const value = typeof given === 'string' && /^-?\d{1,16}(\.\d{1,15})?$/.test(given.trim()) ? Number(given) : given;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
};

const readers: Readonly<Record<Exclude<AttributeType, 'complex'>, (given: unknown) => SimpleValue | undefined>> = {
  string: text,
  reference: text,
  binary: text,
  boolean: (given) => {
    if (typeof given === 'boolean') return given;
    const word = typeof given === 'string' ? given.toLowerCase() : '';
    return word === 'true' || word === 'false' ? word === 'true' : undefined;
  },
  integer: (given) => {
    const value = number(given);
    return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
  },
  decimal: number,
  dateTime: (given) =>
    typeof given === 'string' && DATE_TIME.test(given) && !Number.isNaN(Date.parse(given)) ? given : undefined,
};

function wrong(attribute: ScimAttribute, given: unknown, path: string): never {
  throw badRequest('invalidValue', `${path} must be of type ${attribute.type}, which ${shown(given)} is not.`);
}
