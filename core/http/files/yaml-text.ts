import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  stringify,
  type YAMLMap,
} from 'yaml';
import { type DataPath, type DataText, DEEPEST } from './data-text.js';
import { FileError } from './file-format.js';
import { checkYamlLimits } from './yaml-limits.js';

/** Values at most, those of aliases counted each time. */
const MOST_VALUES = 100_000;

/**
 * Reads YAML 1.2 (core schema), of which JSON is a part. One document; keys are texts; no tags of its own; aliases as long
 * as what they stand for is not too much.
 *
 * @throws FileError with line and column
 */
export function readYaml(text: string): DataText {
  const lines = new LineCounter();
  checkYamlLimits(text, lines);
  // Keys that are there twice are found below: the parser compares each with all.
  const options = { version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false } as const;
  const document = parseDocument(text, options);
  const placeAt = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw new FileError(`${placeAt(problem.pos[0])}: ${problem.message.slice(0, 200)}.`);
  const value = new YamlValues(placeAt).of(document.contents, 0);
  const place = (path: DataPath) => {
    const [offset] = nearest(document, path)?.range ?? [];
    return offset === undefined ? undefined : placeAt(offset);
  };
  return { value: () => value, placeOf: place };
}

/** Writes YAML 1.2. */
export const writeYaml = (value: unknown): string => stringify(value, { version: '1.2', aliasDuplicateObjects: false });

/** What a document says, with what its anchors stand for. */
class YamlValues {
  readonly #anchors = new Map<string, Node>();
  #left = MOST_VALUES;

  constructor(private readonly placeAt: (offset: number) => string) {}

  of(node: unknown, depth: number): unknown {
    if (!isNode(node)) return null;
    if (depth > DEEPEST) throw this.#refused(node, `it has more than ${DEEPEST} levels`);
    if (--this.#left < 0) throw this.#refused(node, `it has more than ${MOST_VALUES} values, aliases included`);
    if (isAlias(node)) {
      const source = this.#anchors.get(node.source);
      if (!source) throw this.#refused(node, `there is no anchor ${node.source} before it`);
      return this.of(source, depth + 1);
    }
    if ('anchor' in node && typeof node.anchor === 'string') this.#anchors.set(node.anchor, node);
    if (isSeq(node)) return node.items.map((item) => this.of(item, depth + 1));
    if (isMap(node)) return this.#object(node, depth);
    return isScalar(node) ? node.value : null;
  }

  #object(map: YAMLMap, depth: number): Readonly<Record<string, unknown>> {
    const members = new Map<string, unknown>();
    for (const { key, value } of map.items) {
      const name = isScalar(key) ? key.value : key;
      if (typeof name !== 'string') throw this.#refused(isNode(key) ? key : map, 'a key has to be a text');
      if (members.has(name)) throw this.#refused(isNode(key) ? key : map, `there is a second ${name}`);
      members.set(name, this.of(value, depth + 1));
    }
    return Object.fromEntries(members);
  }

  #refused({ range }: Node, why: string): FileError {
    return new FileError(`${this.placeAt(range?.[0] ?? 0)}: ${why}.`);
  }
}

/** The node at the end of a path, or as far as there are nodes on it. */
function nearest(document: Document<ParsedNode>, path: DataPath): Node | undefined {
  let node: Node | undefined = document.contents ?? undefined;
  for (const step of path) {
    const next = childOf(node, step);
    if (!isNode(next)) return node;
    node = next;
  }
  return node;
}

function childOf(node: Node | undefined, step: PropertyKey): unknown {
  if (isSeq(node)) return typeof step === 'number' ? node.items[step] : undefined;
  return isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === step)?.value : undefined;
}
