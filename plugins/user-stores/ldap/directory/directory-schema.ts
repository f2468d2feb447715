import { PresenceFilter } from 'ldapts';
import type { Clock } from '#core/kernel';
import type { Directory } from './directory.js';

/** What the directory says of an attribute. */
export interface AttributeSchema {
  /** All its names in lower case: `streetaddress` and `street` are one. Entries show it by the first. */
  readonly names: readonly string[];
  readonly equality: string | undefined;
  readonly ordering: string | undefined;
  readonly substring: string | undefined;
  readonly syntax: string | undefined;
  readonly single: boolean;
  /** Only the directory writes it. */
  readonly readOnly: boolean;
}

/** Syntaxes (RFC 4517 section 3.3, RFC 4530). */
export const SYNTAX = {
  boolean: '1.3.6.1.4.1.1466.115.121.1.7',
  generalizedTime: '1.3.6.1.4.1.1466.115.121.1.24',
  integer: '1.3.6.1.4.1.1466.115.121.1.27',
  largeInteger: '1.2.840.113556.1.4.906',
  uuid: '1.3.6.1.1.16.1',
} as const;
/** Rule that compares texts by their order (RFC 4517 section 4.2.12). */
export const CASE_IGNORE_ORDERING = '2.5.13.3';

/** How long it is kept, in milliseconds: new attributes are known within that time. */
const KEPT = 300_000;
const ANY = new PresenceFilter({ attribute: 'objectClass' });

/** What a directory knows: attributes, classes, operations. Empty when it does not tell. */
export class DirectorySchema {
  constructor(
    private readonly attributes: ReadonlyMap<string, AttributeSchema>,
    private readonly required: ReadonlyMap<string, readonly string[]>,
    /** Attributes that can be compared by {@link CASE_IGNORE_ORDERING}, in lower case. */
    private readonly ordered: ReadonlySet<string>,
    /** OIDs of extended operations. */
    readonly operations: ReadonlySet<string>,
  ) {}

  /** Whether the directory tells what it knows. */
  get isKnown(): boolean {
    return this.attributes.size > 0;
  }

  /** Whether it tells by which rules values are compared. Active Directory does not: it compares everything. */
  get hasRules(): boolean {
    return this.attributes.get('objectclass')?.equality !== undefined;
  }

  /** What is known of an attribute, options aside. */
  attribute(name: string): AttributeSchema | undefined {
    return this.attributes.get(name.toLowerCase().split(';')[0] ?? '');
  }

  /** Whether texts of an attribute that has no order of its own can be compared by order all the same. */
  isOrderedByRule(name: string): boolean {
    return this.ordered.has(name.toLowerCase());
  }

  /** Attributes that an entry of these classes must have; in lower case. */
  requiredBy(classes: readonly string[]): readonly string[] {
    const all = classes.flatMap((name) => this.required.get(name.toLowerCase()) ?? []);
    return [...new Set(all)];
  }
}

/** Reads the schema when it is first needed, and again after a while. */
export class SchemaSource {
  #known: { readonly schema: DirectorySchema; readonly at: number } | undefined;
  #reading: Promise<DirectorySchema> | undefined;

  constructor(
    private readonly directory: Directory,
    private readonly clock: Clock,
  ) {}

  /** @throws UnavailableError when the directory does not answer */
  async get(): Promise<DirectorySchema> {
    if (this.#known && this.#known.at + KEPT > this.clock.now()) return this.#known.schema;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<DirectorySchema> {
    const root = await this.directory.entry('', ANY, ['subschemaSubentry', 'supportedExtension']);
    const place = root?.text('subschemaSubentry');
    const names = ['attributeTypes', 'objectClasses', 'matchingRuleUse'];
    const entry = place ? await this.directory.entry(place, ANY, names) : undefined;
    const schema = schemaOf({
      attributeTypes: entry?.texts('attributeTypes') ?? [],
      objectClasses: entry?.texts('objectClasses') ?? [],
      matchingRuleUse: entry?.texts('matchingRuleUse') ?? [],
      operations: root?.texts('supportedExtension') ?? [],
    });
    this.#known = { schema, at: this.clock.now() };
    return schema;
  }
}

/** Names after a keyword of a description (RFC 4512 section 4.1): `NAME 'cn'`, `MUST ( sn $ cn )`, `SUP name`. */
function namesAfter(keyword: string, description: string): readonly string[] {
  const found = new RegExp(`\\s${keyword}\\s+(?:\\(([^)]*)\\)|'?([^\\s')]+)'?)`, 'i').exec(description);
  return (found?.[1] ?? found?.[2] ?? '').toLowerCase().match(/[^\s$']+/g) ?? [];
}

interface Described {
  readonly description: string;
  readonly names: readonly string[];
  readonly above: readonly string[];
}

function byName(descriptions: readonly string[]): ReadonlyMap<string, Described> {
  const all = new Map<string, Described>();
  for (const text of descriptions) {
    const description = ` ${text.replace(/\sDESC\s+'(?:[^'\\]|\\.)*'/i, '')} `;
    const one = { description, names: namesAfter('NAME', description), above: namesAfter('SUP', description) };
    const oid = /^[\s(]*([\d.]+)/.exec(description)?.[1];
    for (const name of [...one.names, ...(oid ? [oid] : [])]) all.set(name, one);
  }
  return all;
}

/** What is said of one, or of those above it. */
function inherited(
  all: ReadonlyMap<string, Described>,
  one: Described | undefined,
  keyword: string,
  depth = 0,
): readonly string[] {
  if (!one || depth > 20) return [];
  const own = namesAfter(keyword, one.description);
  if (own.length > 0) return own;
  return inherited(all, all.get(one.above[0] ?? ''), keyword, depth + 1);
}

function required(all: ReadonlyMap<string, Described>, one: Described | undefined, depth = 0): readonly string[] {
  if (!one || depth > 20) return [];
  const above = one.above.flatMap((name) => required(all, all.get(name), depth + 1));
  return [...namesAfter('MUST', one.description), ...above];
}

/** Reads descriptions of a subschema entry. */
export function schemaOf(from: {
  readonly attributeTypes: readonly string[];
  readonly objectClasses: readonly string[];
  readonly matchingRuleUse: readonly string[];
  readonly operations: readonly string[];
}): DirectorySchema {
  const types = byName(from.attributeTypes);
  const attributes = new Map<string, AttributeSchema>();
  for (const [name, one] of types) {
    const syntax = inherited(types, one, 'SYNTAX')[0]?.replace(/\{\d+\}$/, '');
    attributes.set(name, {
      names: one.names,
      equality: inherited(types, one, 'EQUALITY')[0],
      ordering: inherited(types, one, 'ORDERING')[0],
      substring: inherited(types, one, 'SUBSTR')[0],
      syntax,
      single: /\sSINGLE-VALUE\s/.test(one.description),
      readOnly: /\sNO-USER-MODIFICATION\s/.test(one.description),
    });
  }
  const classes = byName(from.objectClasses);
  const must = new Map([...classes].map(([name, one]) => [name, required(classes, one)]));
  const rule = from.matchingRuleUse.find((text) => new RegExp(`^\\(?\\s*${CASE_IGNORE_ORDERING}\\s`).test(text));
  return new DirectorySchema(
    attributes,
    must,
    new Set(rule ? namesAfter('APPLIES', ` ${rule} `) : []),
    new Set(from.operations),
  );
}
