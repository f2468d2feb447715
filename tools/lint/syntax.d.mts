/** A node of the tree that swc gives. */
export interface SyntaxNode {
  readonly type: string;
  readonly span: { readonly start: number; readonly end: number };
  readonly [member: string]: unknown;
}

/** A parsed source. */
export interface Source {
  readonly statements: readonly SyntaxNode[];
  lines(span: SyntaxNode['span']): { first: number; last: number };
}

/** Parses TypeScript or JavaScript. */
export function parseSource(text: string): Source;

/** Calls `visit(node, parents)` for every node of the tree; the nearest parent is last. */
export function walk(
  value: readonly SyntaxNode[],
  visit: (node: SyntaxNode, parents: readonly SyntaxNode[]) => void,
): void;
