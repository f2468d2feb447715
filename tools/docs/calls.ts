import { parseSource, type SyntaxNode, walk } from '../lint/syntax.mjs';

/** An argument that is written out. */
export type Written = string | number | undefined;

/** A call or a `new` with the arguments that are written out; undefined stands for the others. */
export interface Call {
  /** `apiErrors`, `new ApiError` */
  readonly callee: string;
  readonly values: readonly Written[];
  readonly line: number;
}

/** A function of a file that passes its own parameters on to a call. */
interface Factory {
  readonly name: string;
  readonly callee: string;
  /** For each argument of the call: its value, or which parameter it is. */
  readonly passed: readonly (Written | { readonly index: number; readonly fallback: Written })[];
}

interface Parameter {
  readonly name: string;
  readonly fallback: Written;
}

/**
 * Calls of the named functions and classes in a source. Where a function of the source only passes its parameters on,
 * each call of that function counts in its place.
 */
export function callsIn(text: string, wanted: readonly string[]): Call[] {
  const source = parseSource(text);
  const written = writtenIn(constantsOf(source.statements));
  const calls: Call[] = [];
  const factories: Factory[] = [];
  const possible = (node: SyntaxNode) => branchesOf(node).map(written);
  const add = (callee: string, values: readonly (readonly Written[])[], { span }: SyntaxNode) => {
    for (const one of combinations(values)) calls.push({ callee, values: one, line: source.lines(span).first });
  };
  walk(source.statements, (node, parents) => {
    const callee = calleeOf(node);
    if (callee === undefined || !wanted.includes(callee)) return;
    const factory = factoryAround(callee, argumentsOf(node), parents, written);
    if (factory) factories.push(factory);
    else add(callee, argumentsOf(node).map(possible), node);
  });
  walk(source.statements, (node) => {
    const factory = factories.find(({ name }) => name === calleeOf(node));
    if (!factory) return;
    const given = argumentsOf(node);
    const values = factory.passed.map((one) => {
      if (typeof one !== 'object') return [one];
      const argument = given[one.index];
      return argument ? possible(argument) : [one.fallback];
    });
    add(factory.callee, values, node);
  });
  return calls;
}

/** `a` and `b` of `condition ? a : b`; anything else is itself. */
function branchesOf(node: SyntaxNode): SyntaxNode[] {
  if (node.type !== 'ConditionalExpression') return [node];
  return [node['consequent'], node['alternate']].flatMap((branch) => branchesOf(branch as SyntaxNode));
}

/** Every way to take one of each. */
function combinations<T>(choices: readonly (readonly T[])[]): T[][] {
  return choices.reduce<T[][]>((before, choice) => before.flatMap((one) => choice.map((last) => [...one, last])), [[]]);
}

function calleeOf(node: SyntaxNode): string | undefined {
  if (node.type !== 'NewExpression' && node.type !== 'CallExpression') return undefined;
  const callee = node['callee'] as SyntaxNode;
  if (callee.type !== 'Identifier') return undefined;
  return `${node.type === 'NewExpression' ? 'new ' : ''}${String(callee['value'])}`;
}

function argumentsOf(node: SyntaxNode): SyntaxNode[] {
  const given = (node['arguments'] ?? []) as readonly { readonly expression: SyntaxNode }[];
  return given.map(({ expression }) => expression);
}

/** How the value of an expression is found: it is a literal, or the name of a constant of the source. */
type Reader = (node: SyntaxNode) => Written;

function writtenIn(constants: ReadonlyMap<string, Written>): Reader {
  return (node) => (node.type === 'Identifier' ? constants.get(String(node['value'])) : literal(node));
}

function literal(node: SyntaxNode): Written {
  if (node.type === 'StringLiteral' || node.type === 'NumericLiteral') return node['value'] as string | number;
  return undefined;
}

/** Constants of a source that are written out, by name. */
function constantsOf(statements: readonly SyntaxNode[]): ReadonlyMap<string, Written> {
  const all = statements.filter((one) => one.type === 'VariableDeclaration' && one['kind'] === 'const');
  const declared = all.flatMap((one) => one['declarations'] as readonly SyntaxNode[]);
  const named = declared.map(({ id, init }) => [(id as { value?: string }).value ?? '', init] as const);
  return new Map(named.flatMap(([name, init]) => (init ? [[name, literal(init as SyntaxNode)] as const] : [])));
}

/** The named function around a call, when the first argument of the call is one of its parameters. */
function factoryAround(
  callee: string,
  given: SyntaxNode[],
  parents: readonly SyntaxNode[],
  written: Reader,
): Factory | undefined {
  const around = parents.at(-1)?.type === 'ReturnStatement' ? parents.slice(0, -2) : parents;
  const made = around.at(-1);
  const name = nameOf(made, around.at(-2));
  if (!made || name === undefined) return undefined;
  const parameters = ((made['params'] ?? []) as readonly SyntaxNode[]).map((one) => parameterOf(one, written));
  const passed = given.map((argument) => {
    const index = parameters.findIndex((one) => argument.type === 'Identifier' && one.name === argument['value']);
    return index < 0 ? written(argument) : { index, fallback: parameters[index]?.fallback };
  });
  return typeof passed[0] === 'object' ? { name, callee, passed } : undefined;
}

function nameOf(made: SyntaxNode | undefined, outer: SyntaxNode | undefined): string | undefined {
  const holder = made?.type === 'ArrowFunctionExpression' ? outer?.['id'] : made?.['identifier'];
  return (holder as { readonly value?: string } | undefined)?.value;
}

function parameterOf(node: SyntaxNode, written: Reader): Parameter {
  const pattern = (node['pat'] ?? node) as SyntaxNode;
  if (pattern.type !== 'AssignmentPattern') return { name: String(pattern['value']), fallback: undefined };
  const left = pattern['left'] as SyntaxNode;
  return { name: String(left['value']), fallback: written(pattern['right'] as SyntaxNode) };
}
