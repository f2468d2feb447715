import { readValue } from '../attributes/read-values.js';
import { bare, type ComplexValue, isComplex, type SingleValue } from '../attributes/resource.js';
import type { ScimAttribute } from '../attributes/resource-model.js';
import { badRequest, shown } from '../protocol/scim-error.js';
import type { ClaimSlot } from './claim-slots.js';

/** The type that takes values of types that have no claim. */
const OTHER = 'other';

/** Texts by claim. */
export type TextsByClaim = Map<string, string[]>;

/**
 * Lists such as `emails`: each type has a claim (`emails.work`), and one without a type has the primary value, or, when
 * it may have several, those without a type.
 */
export class TypedList {
  readonly #untyped: ClaimSlot | undefined;
  readonly #typed: ReadonlyMap<string, ClaimSlot>;

  constructor(
    private readonly attribute: ScimAttribute,
    slots: readonly ClaimSlot[],
  ) {
    this.#untyped = slots.find(({ part }) => part === undefined);
    this.#typed = new Map(slots.flatMap((slot) => (slot.part === undefined ? [] : [[slot.part.toLowerCase(), slot]])));
  }

  /**
   * Puts the values of the list into the claims.
   *
   * @throws ScimError 400 invalidValue for a type that has no claim, where there is none for others either
   */
  write(values: readonly SingleValue[], claims: TextsByClaim): void {
    const first = this.#untyped && !this.#untyped.claim.multiValued ? this.#untyped : undefined;
    const primary = first && (values.find(isPrimary) ?? values.find((one) => typeOf(one) === undefined));
    for (const value of values) {
      const text = this.#textOf(value);
      if (text === undefined) continue;
      if (first && value === primary) push(claims, first, text);
      if (first && value === primary && typeOf(value) === undefined) continue;
      push(claims, this.#slotFor(value), text);
    }
  }

  /** The values that the claims have. */
  read(textsOf: (slot: ClaimSlot) => readonly string[]): SingleValue[] {
    const typed = [...this.#typed.values()].flatMap((slot) =>
      textsOf(slot).map((text) => bare<ComplexValue>({ type: slot.part, ...this.#valueOf(text) })),
    );
    if (!this.#untyped) return typed;
    const untyped = textsOf(this.#untyped);
    if (this.#untyped.claim.multiValued) return [...untyped.map((text) => this.#valueOf(text)), ...typed];
    const [primary] = untyped;
    if (primary === undefined) return typed;
    const same = typed.find((one) => this.#textOf(one) === primary);
    if (same) same['primary'] = true;
    return same ? typed : [bare<ComplexValue>({ ...this.#valueOf(primary), primary: true }), ...typed];
  }

  #slotFor(value: SingleValue): ClaimSlot {
    const type = typeOf(value);
    const named = type === undefined ? undefined : this.#typed.get(type.toLowerCase());
    const several = this.#untyped?.claim.multiValued === true ? this.#untyped : undefined;
    const found = named ?? (type === undefined ? several : undefined) ?? this.#typed.get(OTHER) ?? several;
    if (found) return found;
    const known = [...this.#typed.values()].map(({ part }) => part).join(', ');
    throw badRequest('invalidValue', `${this.attribute.name}: the type ${shown(type ?? '')} is not one of ${known}.`);
  }

  get #isValued(): boolean {
    return this.attribute.subAttributes.some(({ name }) => name === 'value');
  }

  /** A value as the text that the claim keeps: what stands in `value`; of an address its text, or its parts as JSON. */
  #textOf(value: SingleValue): string | undefined {
    if (!isComplex(value)) return String(value);
    if (this.#isValued) return value['value'] === undefined ? undefined : String(value['value']);
    const parts = this.attribute.subAttributes.filter(
      ({ name }) => name !== 'type' && name !== 'primary' && value[name] !== undefined,
    );
    if (parts.length === 0) return undefined;
    const isPlain = parts.length === 1 && parts[0]?.name === 'formatted' && !String(value['formatted']).startsWith('{');
    return isPlain
      ? String(value['formatted'])
      : JSON.stringify(Object.fromEntries(parts.map(({ name }) => [name, value[name]])));
  }

  #valueOf(text: string): ComplexValue {
    if (this.#isValued) return bare<ComplexValue>({ value: text });
    if (text.startsWith('{')) {
      try {
        const read = readValue({ ...this.attribute, multiValued: false }, JSON.parse(text));
        if (isComplex(read)) return read;
      } catch {
        // Somebody else has written it: it is shown as it is.
      }
    }
    return bare<ComplexValue>({ formatted: text });
  }
}

const typeOf = (value: SingleValue): string | undefined =>
  isComplex(value) && value['type'] !== undefined ? String(value['type']) : undefined;

const isPrimary = (value: SingleValue): boolean => isComplex(value) && value['primary'] === true;

function push(claims: TextsByClaim, { claim: { claimURI } }: ClaimSlot, text: string): void {
  const texts = claims.get(claimURI) ?? [];
  if (!texts.includes(text)) texts.push(text);
  claims.set(claimURI, texts);
}
