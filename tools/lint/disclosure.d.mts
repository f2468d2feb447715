import type { Problem } from './sources.mjs';

/** Finds secrets and paths of somebody's machine in a file; `root` is the checkout's own folder. */
export function inspectText(path: string, text: string, root: string): Problem[];

/** Finds where packages were fetched from in a lock file. */
export function inspectLockFile(path: string, text: string): Problem[];
