import type { AttributeValue } from '../attributes/resource.js';
import type { ResolvedAttribute } from '../attributes/resource-model.js';
import type { Filter } from '../filter/filter.js';

/** One change of a resource, with what it names resolved and its value in the form of a resource. */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly at: ResolvedAttribute;
  /** Which values of a multi-valued attribute are meant; undefined: not said. */
  readonly filter: Filter | undefined;
  /**
   * For `add` and `replace` always there: that of the attribute, of one value of it when there is a filter, or of the
   * sub-attribute. For `remove` the values to take out of a multi-valued attribute; undefined: all.
   */
  readonly value: AttributeValue | undefined;
}
