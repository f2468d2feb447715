import { codeLines, parseSource, walk } from './syntax.mjs';

/** The limits of docs/design.md §1; comments and blank lines do not count. */
const limits = { file: 300, function: 60 };

const functions = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassMethod',
  'PrivateMethod',
  'Constructor',
  'MethodProperty',
  'GetterProperty',
  'SetterProperty',
]);
const collections = new Set(['Map', 'Set', 'Array', 'LRUCache']);
const forbiddenNames = /^(utils?|helpers?|common)$|-(utils?|helpers?)$/;
const suppressions = [
  { pattern: /@ts-(?:ignore|nocheck)\b/, text: 'no @ts-ignore, no @ts-nocheck: repair the type' },
  { pattern: /@ts-expect-error\s*$/, text: '@ts-expect-error needs its reason on the same line' },
  {
    pattern: /(?:oxlint|eslint)-disable(?!.*\s--\s+\S)/,
    text: 'a lint suppression needs its reason: "-- because ..."',
  },
  { pattern: /biome-ignore(?:-\w+)?(?!.*:\s*(?!<)\S)/, text: 'a lint suppression needs its reason after the colon' },
  {
    pattern: /(?:v8|c8|istanbul|prettier)[- ]ignore(?!.*\s--\s+\S)/,
    text: 'a suppression needs its reason: "-- because ..."',
  },
];

/** Checks the names of a file and its folders. */
export function inspectPath(path) {
  const parts = path.split('/').flatMap((part, index, all) => (index < all.length - 1 ? [part] : part.split('.')));
  const bad = parts.find((part) => forbiddenNames.test(part));
  return bad === undefined ? [] : [{ path, line: 1, rule: 'names', text: `"${bad}" says nothing: name what it holds` }];
}

/** Checks one source file: sizes, module state, suppressions, `any`. Generated files are only checked for suppressions. */
export function inspectSource(path, text) {
  const problems = [];
  const add = (line, rule, message) => problems.push({ path, line, rule, text: message });
  inspectComments(text, add);
  if (/^(?:#!.*\n)?\/\/ generated\b/i.test(text)) return problems;
  const source = parseSource(text);
  const code = codeLines(source);
  if (code.size > limits.file) add(1, 'file-size', `${code.size} lines of code, at most ${limits.file}`);
  walk(source.statements, (node, parents) => inspectNode({ node, parents, source, code, path }, add));
  if (/^(core|plugins)\//.test(path)) inspectState(source, add);
  if (/^core\/[^/]+\/index\.ts$/.test(path)) inspectDoor(text, add);
  return problems;
}

function inspectComments(text, add) {
  text.split('\n').forEach((content, index) => {
    const comment = /(?:\/\/|\/\*|^\s*\*)(.*)$/.exec(content)?.[1]?.replace(/\*\/\s*$/, '');
    if (comment === undefined) return;
    for (const { pattern, text: message } of suppressions) {
      if (pattern.test(comment)) add(index + 1, 'suppression', message);
    }
  });
}

/** Above the statement the tag would cover every name in it, also those added or merged into it later. */
function inspectDoor(text, add) {
  for (const { index } of text.matchAll(/@public\b[^\n]*\n?[^\n]*\*\/\s*export\b[^'\n]*[{*]/g)) {
    add(
      text.slice(0, index).split('\n').length,
      'public-tag',
      '@public belongs in front of each name, inside the braces',
    );
  }
}

function inspectNode({ node, parents, source, code, path }, add) {
  const { first, last } = source.lines(node.span);
  if (functions.has(node.type) && !isDescribeBody(node, parents) && !isSuiteBody(node)) {
    const length = countBetween(code, first, last);
    if (length > limits.function) {
      add(first, 'function-size', `a function of ${length} lines of code, at most ${limits.function}`);
    }
  }
  if (node.type === 'TsKeywordType' && node.kind === 'any') add(first, 'any', 'no any: say what it is, or unknown');
  if (node.type === 'TsImportType' && /^(core|plugins)\//.test(path)) {
    add(first, 'import-type', "write import type at the top instead of import('...'): the dependency rules read that");
  }
}

function countBetween(lines, first, last) {
  let count = 0;
  for (let line = first; line <= last; line++) if (lines.has(line)) count++;
  return count;
}

/** The body of describe() is a table of contents, not a function. */
function isDescribeBody(node, parents) {
  const call = parents.at(-1);
  if (call?.type !== 'CallExpression' || call.callee === node) return false;
  const callee = call.callee.type === 'MemberExpression' ? call.callee.object : call.callee;
  return callee.type === 'Identifier' && ['describe', 'context', 'suite'].includes(callee.value);
}

/** Nor is that of a function which declares tests or suites, as those of the contract suites do. */
function isSuiteBody(node) {
  const statements = node.body?.stmts ?? node.function?.body?.stmts ?? [];
  return statements.some(
    ({ type, expression }) =>
      type === 'ExpressionStatement' &&
      expression.type === 'CallExpression' &&
      expression.callee.type === 'Identifier' &&
      ['describe', 'it', 'before', 'after'].includes(expression.callee.value),
  );
}

/** Two servers run in one test, so nothing that changes may live in a module or on a class. */
function inspectState({ statements, lines }, add) {
  const message = 'module-level mutable state: let it hang off an object in the container';
  for (const statement of statements) {
    const declaration = statement.type === 'ExportDeclaration' ? statement.declaration : statement;
    if (declaration.type !== 'VariableDeclaration') continue;
    const isState = (each) => each.init != null && isEmptyCollection(each.init);
    if ((declaration.kind !== 'const' && !declaration.declare) || declaration.declarations.some(isState)) {
      add(lines(declaration.span).first, 'module-state', message);
    }
  }
  walk(statements, (node) => {
    if (!['ClassProperty', 'PrivateProperty'].includes(node.type) || !(node.isStatic ?? node.static)) return;
    if (!node.readonly || (node.value && isEmptyCollection(node.value))) {
      add(lines(node.span).first, 'module-state', message);
    }
  });
}

/** A collection that begins empty is only of use when it is filled later. */
function isEmptyCollection(node) {
  if (node.type === 'ArrayExpression') return node.elements.length === 0;
  if (node.type === 'ObjectExpression') return node.properties.length === 0;
  if (node.type === 'TsAsExpression' || node.type === 'TsSatisfiesExpression')
    return isEmptyCollection(node.expression);
  if (node.type !== 'NewExpression' || node.callee.type !== 'Identifier') return false;
  return (
    collections.has(node.callee.value) && (node.callee.value === 'LRUCache' || (node.arguments ?? []).length === 0)
  );
}

/** True for the files that inspectSource reads: not declarations, nor scripts that others wrote (vendor, minified). */
export function isOurSource(path) {
  return /\.(?:[mc]?ts|mjs|js)$/.test(path) && !/\.d\.[mc]?ts$|\.min\.js$|(^|\/)vendor\//.test(path);
}
