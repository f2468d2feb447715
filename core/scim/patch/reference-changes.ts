import type { GroupChange } from '#core/users';
import { type AttributeValue, bare, type ComplexValue, isComplex } from '../attributes/resource.js';
import type { ScimAttribute } from '../attributes/resource-model.js';
import type { Filter } from '../filter/filter.js';
import { matches } from '../filter/matches.js';
import type { PatchOperation } from '../patch/patch-operation.js';
import { badRequest } from '../protocol/scim-error.js';
import { PatchWork, sizeOf } from './multi-values.js';

/** Ids of members that a client has sent. @throws ScimError 400 invalidValue when one has no `value` */
export function memberIds(name: string, given: AttributeValue | undefined): readonly string[] {
  const ids = listOf(given).map((one) => {
    const value = isComplex(one) ? one['value'] : one;
    if (typeof value !== 'string' || value.includes('\0'))
      throw badRequest('invalidValue', `Each of "${name}" must have a "value", its id.`);
    return value;
  });
  return [...new Set(ids)];
}

/**
 * What the operations of a PATCH come to for a list of references (members, users, groups), without reading it: who
 * comes, who goes, and whether everybody else goes. Only a filter that asks for something else than one id has to look
 * at those who are there.
 */
export class ReferenceChanges {
  #replace = false;
  readonly #add = new Set<string>();
  readonly #remove = new Set<string>();
  #isAny = false;
  #present: readonly ComplexValue[] | undefined;
  readonly #work = new PatchWork();

  /**
   * @param attribute whose sub-attribute `value` is the id
   * @param present all who are there now, for filters; with the sub-attributes that a filter can name
   */
  constructor(
    readonly attribute: ScimAttribute,
    private readonly present: () => Promise<readonly ComplexValue[]>,
  ) {}

  /** Adds what an operation changes. @throws ScimError 400 for what cannot be done to references */
  async take(operation: PatchOperation): Promise<void> {
    if (operation.at.sub)
      throw badRequest('mutability', `Values of ${this.attribute.name} are added and removed as a whole.`);
    this.#isAny = true;
    if (operation.op === 'remove') await this.#takeRemoval(operation);
    else await this.#takeAddition(operation);
  }

  /** What all of it comes to; undefined: no operation was about this attribute. */
  result(): Required<Pick<GroupChange, 'replace' | 'add' | 'remove'>> | undefined {
    if (!this.#isAny) return undefined;
    return { replace: this.#replace, add: [...this.#add], remove: [...this.#remove] };
  }

  async #takeRemoval({ filter, value }: PatchOperation): Promise<void> {
    if (value === undefined && !filter) this.#clear();
    else if (value !== undefined) for (const id of memberIds(this.attribute.name, value)) this.#leave(id);
    else if (filter) for (const id of await this.#selected(filter)) this.#leave(id);
  }

  async #takeAddition({ op, filter, value }: PatchOperation): Promise<void> {
    const { name } = this.attribute;
    if (filter) {
      if (op === 'add') throw badRequest('invalidPath', `"add" needs the path "${name}" without a filter.`);
      const selected = await this.#selected(filter);
      if (selected.length === 0) throw badRequest('noTarget', `None of the ${name} fits the filter of the path.`);
      for (const id of selected) this.#leave(id);
    } else if (op === 'replace') this.#clear();
    for (const id of memberIds(name, value)) this.#join(id);
  }

  #join(id: string): void {
    this.#add.add(id);
    this.#remove.delete(id);
  }

  #leave(id: string): void {
    this.#add.delete(id);
    this.#remove.add(id);
  }

  #clear(): void {
    this.#replace = true;
    this.#add.clear();
    this.#remove.clear();
  }

  async #selected(filter: Filter): Promise<readonly string[]> {
    const only = oneId(filter);
    if (only !== undefined) return [only];
    const added = [...this.#add].map((value) => bare<ComplexValue>({ value }));
    this.#present ??= await this.present();
    const there = this.#replace ? [] : this.#present;
    const left = there.filter((one) => !this.#remove.has(String(one['value'])));
    this.#work.spend((left.length + added.length) * sizeOf(filter));
    return [...left, ...added].filter((one) => matches(this.attribute, filter, one)).map((one) => String(one['value']));
  }
}

function oneId(filter: Filter): string | undefined {
  if (filter.op !== 'compare' || filter.comparison !== 'eq') return undefined;
  return filter.path.name.toLowerCase() === 'value' && typeof filter.value === 'string' ? filter.value : undefined;
}

function listOf(given: AttributeValue | undefined) {
  if (given === undefined) return [];
  return Array.isArray(given) ? given : [given];
}
