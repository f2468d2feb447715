import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { BootError, reasonOf } from '../errors.js';
import { type PlaceholderSources, resolvePlaceholders } from './placeholders.js';
import { ConfigurationError, describeProblems, type Problem } from './problems.js';
import { parseToml, type TomlDocument, TomlSyntaxError, type TomlTable } from './toml.js';
import { type Claim, tableAt, validateTables } from './validate.js';

/** A file that has been read, with its placeholders filled in; not validated yet. */
export interface LoadedConfiguration {
  readonly document: TomlDocument;
  readonly table: TomlTable;
  readonly hidden: ReadonlySet<string>;
  /** What the placeholders got wrong; reported together with the rest. */
  readonly problems: readonly Problem[];
}

/** Reads `deployment.toml`. Throws a {@link BootError} when it cannot be read or is not TOML. */
export function loadConfiguration(file: string, sources: PlaceholderSources): LoadedConfiguration {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new BootError(`cannot read the configuration file ${file}: ${reasonOf(cause)}`, { cause });
  }
  return parseConfiguration(basename(file), text, sources);
}

/** As {@link loadConfiguration}, from text; `name` is what messages call the file. */
export function parseConfiguration(name: string, text: string, sources: PlaceholderSources): LoadedConfiguration {
  try {
    const document = parseToml(name, text);
    const { table, hidden, problems } = resolvePlaceholders(document.table, sources);
    return { document, table, hidden, problems };
  } catch (error) {
    if (error instanceof TomlSyntaxError) throw new ConfigurationError([`${name}:${error.line} ${error.message}`]);
    throw error;
  }
}

/** Whether a plugin's table says `enable = false`. */
export function isSwitchedOff(loaded: LoadedConfiguration, path: string | undefined): boolean {
  const value = path === undefined ? undefined : tableAt(loaded.table, path)?.['enable'];
  return value === false || value === 'false';
}

/** Validates all tables. Throws a {@link ConfigurationError} with every problem at once. */
export function validateConfiguration(
  loaded: LoadedConfiguration,
  claims: readonly Claim[],
): ReadonlyMap<string, unknown> {
  const { values, problems } = validateTables(loaded.table, claims, loaded.hidden);
  const switches = claims.filter((claim) => claim.switchable).flatMap((claim) => switchProblem(loaded, claim));
  const all = [...loaded.problems, ...problems, ...switches];
  if (all.length > 0) throw new ConfigurationError(describeProblems(loaded.document, all));
  return values;
}

function switchProblem(loaded: LoadedConfiguration, claim: Claim): Problem[] {
  const value = tableAt(loaded.table, claim.path)?.['enable'];
  if (value === undefined || typeof value === 'boolean' || value === 'true' || value === 'false') return [];
  return [{ path: [...claim.path.split('.'), 'enable'], rule: 'expected true or false', owner: claim.owner }];
}
