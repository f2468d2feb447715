import { DOMParser, type Element, ParseError } from '@xmldom/xmldom';
import { type DataPath, type DataShape, type DataText, DEEPEST } from './data-text.js';
import { FileError } from './file-format.js';

const ELEMENT_NODE = 1;
const MOST_TAGS = 60_000;
/** What is no character of XML 1.0. */
const NO_CHARACTER = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const NAME = /^[A-Za-z_][\w.-]*$/;

/**
 * Reads XML: members of an object are elements of their names, items of a list are the elements within the one of the
 * list, whatever they are called. There are no attributes and no namespaces, and no document type, so no entities.
 *
 * @throws FileError with line and column where they are known
 */
export function readXml(text: string): DataText {
  if (/<!DOCTYPE/i.test(text)) throw new FileError('a document type (DOCTYPE) is not allowed.');
  if (text.split('<', MOST_TAGS + 1).length > MOST_TAGS)
    throw new FileError(`it has more than ${MOST_TAGS} tags. Send it as JSON.`);
  const root = parsed(text);
  return { value: (shape) => readValue(root, shape, 0), placeOf: (path) => placeOf(nearest(root, path)) };
}

function parsed(text: string): Element {
  const onError = (_level: string, message: string) => {
    throw new Error(message);
  };
  try {
    const root = new DOMParser({ onError }).parseFromString(text.replace(/^\ufeff/, ''), 'text/xml').documentElement;
    if (root) return root;
  } catch (cause) {
    if (!(cause instanceof ParseError)) throw cause;
    const { lineNumber = 1, columnNumber = 1 } = (cause.locator ?? {}) as Partial<Element>;
    const reason = cause.cause instanceof Error ? cause.cause.message : cause.message;
    throw new FileError(`line ${lineNumber}, column ${columnNumber}: ${reason.slice(0, 200)}.`, { cause });
  }
  throw new FileError('it has no element.');
}

/** Shapes say what the text of an element stands for: XML itself knows texts only. */
function readValue(element: Element, shape: DataShape, depth: number): unknown {
  if (depth > DEEPEST) throw refused(element, `it has more than ${DEEPEST} levels`);
  const foreign = [...element.attributes].find(({ name }) => !/^xmlns(:|$)/.test(name));
  if (foreign) throw refused(element, `the attribute ${foreign.name.slice(0, 100)} has no meaning`);
  const children = childrenOf(element);
  const { type = shape.anyOf?.find((one) => one.type !== undefined)?.type } = shape;
  if (type === 'array') return inner(element, children).map((item) => readValue(item, shape.items ?? {}, depth + 1));
  if (type === 'object') return objectOf(element, inner(element, children), shape, depth);
  // Where nothing in particular is expected, or a text, it does not matter what is inside.
  return children.length > 0 ? {} : plainValue(element, type);
}

function plainValue(element: Element, type: string | undefined): unknown {
  const text = element.textContent ?? '';
  if (NO_CHARACTER.test(text)) throw refused(element, 'it has a character that is none of XML');
  if (type === 'boolean' && /^\s*(true|false)\s*$/.test(text)) return text.trim() === 'true';
  const isNumber = type === 'integer' || type === 'number';
  return isNumber && /^\s*-?\d{1,15}(\.\d{1,15})?\s*$/.test(text) ? Number(text) : text;
}

function objectOf(element: Element, children: readonly Element[], shape: DataShape, depth: number): unknown {
  const { properties = {}, additionalProperties } = shape;
  const others = typeof additionalProperties === 'object' ? additionalProperties : {};
  const members = new Map<string, unknown>();
  for (const child of children) {
    const name = child.tagName;
    if (members.has(name)) throw refused(child, `${element.tagName} has a second ${name}`);
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    members.set(name, readValue(child, known ?? others, depth + 1));
  }
  return Object.fromEntries(members);
}

/** Elements of an element that consists of such. @throws FileError when there is text between them */
function inner(element: Element, children: readonly Element[]): readonly Element[] {
  const between = [...element.childNodes].some(
    ({ nodeType, nodeValue }) => [3, 4].includes(nodeType) && /\S/.test(nodeValue ?? ''),
  );
  if (between) throw refused(element, `${element.tagName} consists of elements; there must be no text between them`);
  return children;
}

const childrenOf = (element: Element): Element[] =>
  [...element.childNodes].filter((node): node is Element => node.nodeType === ELEMENT_NODE);

const placeOf = ({ lineNumber, columnNumber }: Element) =>
  lineNumber === undefined ? undefined : `line ${lineNumber}, column ${columnNumber}`;

const refused = (element: Element, why: string) => new FileError(`${placeOf(element)}: ${why}.`);

function nearest(root: Element, path: DataPath): Element {
  let element = root;
  for (const step of path) {
    const children = childrenOf(element);
    const next = typeof step === 'number' ? children[step] : children.find(({ tagName }) => tagName === step);
    if (!next) return element;
    element = next;
  }
  return element;
}

/**
 * Writes XML as {@link readXml} reads it.
 *
 * @param name of the outermost element
 * @throws FileError for a text that XML cannot hold
 */
export function writeXml(name: string, value: unknown): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${written(name, value, '')}\n`;
}

function written(name: string, value: unknown, indent: string): string {
  if (!NAME.test(name)) throw new FileError(`${name} cannot be the name of an element. Ask for JSON.`);
  if (typeof value !== 'object' || value === null) return `${indent}<${name}>${escaped(String(value ?? ''))}</${name}>`;
  const members = Array.isArray(value)
    ? (value as unknown[]).map((item) => ['item', item] as const)
    : Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
  if (members.length === 0) return `${indent}<${name}/>`;
  const inside = members.map(([member, content]) => written(member, content, `${indent}  `));
  return `${indent}<${name}>\n${inside.join('\n')}\n${indent}</${name}>`;
}

// A reader takes a carriage return for the end of a line (XML 1.0 section 2.11).
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };

function escaped(text: string): string {
  if (NO_CHARACTER.test(text)) throw new FileError('a text has a character that is none of XML. Ask for JSON.');
  return text.replace(/[&<>\r]/g, (sign) => ESCAPES[sign] ?? sign);
}
