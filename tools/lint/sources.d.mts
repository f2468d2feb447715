export interface Problem {
  path: string;
  line: number;
  rule: string;
  text: string;
}

/** Checks the names of a file and its folders. */
export function inspectPath(path: string): Problem[];

/** Checks one source file: sizes, module state, suppressions, `any`. */
export function inspectSource(path: string, text: string): Problem[];
