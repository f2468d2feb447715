import { BootError } from '../errors.js';
import type { TomlDocument } from './toml.js';

/** One thing that is wrong with the configuration. */
export interface Problem {
  /** Keys from the root of the file. */
  readonly path: readonly PropertyKey[];
  /** What is wrong, and what to do. Never contains a secret. */
  readonly rule: string;
  /** The plugin or room that owns the table. */
  readonly owner?: string | undefined;
  /** Names the problem by its whole path, as for a table that nobody owns. */
  readonly wholePath?: boolean | undefined;
}

/** All problems of a configuration at once. */
export class ConfigurationError extends BootError {
  constructor(readonly problems: readonly string[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`the configuration has ${count}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** `deployment.toml:12 [oauth] prompt_consent: expected true or false, got 7 (core.oauth)` for each, in file order. */
export function describeProblems(document: TomlDocument, problems: readonly Problem[]): string[] {
  const placed = problems.map((problem) => ({ problem, line: document.lineOf(problem.path) }));
  placed.sort((a, b) => a.line - b.line);
  return placed.map(({ problem, line }) => {
    const keys = problem.path.map(String);
    const table = problem.wholePath ? keys : keys.slice(0, -1);
    const key = problem.wholePath ? undefined : keys.at(-1);
    const place = [table.length > 0 ? `[${table.join('.')}]` : undefined, key].filter((part) => part !== undefined);
    const owner = problem.owner ? ` (${problem.owner})` : '';
    return `${document.file}:${line} ${place.join(' ')}: ${problem.rule}${owner}`;
  });
}

/** The known name that is most like `name`, when one is like it at all. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let best: { name: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (!best || distance < best.distance) best = { name: candidate, distance };
  }
  return best && best.distance <= Math.max(2, Math.floor(name.length / 3)) ? best.name : undefined;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min((previous[j] as number) + 1, (row[j - 1] as number) + 1, change));
    }
    previous = row;
  }
  return previous[b.length] as number;
}
