import { parseSync } from '@swc/core';

/**
 * Parses TypeScript or JavaScript and gives the tree with a function that turns a node's span into lines, 1-based.
 * The spans of swc count bytes from a base that grows from one parse to the next and that starts at the first token;
 * an empty statement put in front makes that base known.
 */
export function parseSource(text) {
  const source = text.replace(/^#!/, '//').replace(/^\uFEFF/, '');
  const tree = parseSync(`;${source}`, { syntax: 'typescript', decorators: true, target: 'es2023' });
  const base = tree.body[0].span.start;
  const starts = lineStarts(Buffer.from(source));
  // One byte for the semicolon.
  const lineAt = (position) => lineOf(starts, position - base - 1);
  return {
    statements: tree.body.slice(1),
    lines: (span) => ({ first: lineAt(span.start), last: lineAt(Math.max(span.start, span.end - 1)) }),
  };
}

function lineStarts(bytes) {
  const starts = [0];
  for (let index = bytes.indexOf(10); index !== -1; index = bytes.indexOf(10, index + 1)) starts.push(index + 1);
  return starts;
}

function lineOf(starts, offset) {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle] <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** Calls `visit(node, parents)` for every node of the tree; the nearest parent is last. */
export function walk(value, visit, parents = []) {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit, parents);
    return;
  }
  if (value === null || typeof value !== 'object') return;
  // Parameters and arguments are wrapped in objects that have no type or no span of their own.
  const isNode = typeof value.type === 'string' && value.span !== undefined;
  if (isNode) visit(value, parents);
  const below = isNode ? [...parents, value] : parents;
  for (const [key, child] of Object.entries(value)) if (key !== 'span') walk(child, visit, below);
}

/**
 * The numbers of the lines that hold code. A comment or a blank line is never the first or last line of a node, and
 * nearly every line of code is; only text that spans lines has code lines between its ends.
 */
export function codeLines({ statements, lines }) {
  const found = new Set();
  walk(statements, (node) => {
    const { first, last } = lines(node.span);
    found.add(first).add(last);
    if (node.type !== 'TemplateElement') return;
    for (let line = first; line < last; line++) found.add(line);
  });
  return found;
}
