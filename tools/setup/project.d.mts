/** The root folder of the checkout. */
export const root: string;

/** Thrown for a condition that the person at the keyboard can mend; shown without a stack. */
export class ToolError extends Error {}

/** Runs a command-line program's body: a ToolError becomes one line on stderr, everything else keeps its stack. */
export function runMain(body: () => Promise<number | undefined | void>): Promise<void>;
