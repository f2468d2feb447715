import type { Problem } from './problems.js';
import { snakeCase, type TomlTable, type TomlValue } from './toml.js';

/** Where placeholders get their values from. */
export interface PlaceholderSources {
  /** Environment variables, for `$env{NAME}`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** System properties (`--define name=value`), for `$sys{name}`. */
  readonly sys: Readonly<Record<string, string | undefined>>;
  /** Opens a cipher text of the `[secrets]` table. Throws when it was not made with this server's key. */
  decrypt(cipherText: string): string;
}

/** A table without placeholders, and the paths whose values must not be printed. */
export interface Resolved {
  readonly table: TomlTable;
  readonly hidden: ReadonlySet<string>;
  readonly problems: Problem[];
}

const pattern = /\$(env|sys|secret|ref)\{([^}]*)\}/g;

/** Puts values in place of `$env{}`, `$sys{}`, `$secret{}` and `$ref{}` everywhere in a table. */
export function resolvePlaceholders(source: TomlTable, sources: PlaceholderSources): Resolved {
  return new Resolver(source, sources).run();
}

/** How many `$ref{}` are followed in all: a few that contain each other would else grow without end. */
const MAX_REFERENCES = 1000;

class Resolver {
  readonly #problems: Problem[] = [];
  readonly #hidden = new Set<string>();
  #references = 0;

  constructor(
    private readonly source: TomlTable,
    private readonly sources: PlaceholderSources,
  ) {}

  run(): Resolved {
    const table = this.#walk(this.source, [], []) as TomlTable;
    return { table, hidden: this.#hidden, problems: this.#problems };
  }

  #walk(value: TomlValue, path: readonly string[], trail: readonly string[]): TomlValue {
    if (typeof value === 'string') return path[0] === 'secrets' ? value : this.#text(value, path, trail);
    if (Array.isArray(value)) return value.map((item, index) => this.#walk(item, [...path, String(index)], trail));
    if (typeof value !== 'object' || value instanceof Date) return value;
    const entries = Object.entries(value).map(([key, item]) => [key, this.#walk(item, [...path, key], trail)]);
    return Object.fromEntries(entries) as TomlTable;
  }

  #text(text: string, path: readonly string[], trail: readonly string[]): TomlValue {
    const whole = /^\$ref\{([^}]*)\}$/.exec(text);
    if (whole) return this.#reference(whole[1] as string, path, trail) ?? text;
    return text.replace(pattern, (all, kind: string, name: string) => {
      if (kind === 'ref') return String(this.#reference(name, path, trail) ?? all);
      return this.#outside(kind, name, path) ?? all;
    });
  }

  #outside(kind: string, name: string, path: readonly string[]): string | undefined {
    if (kind !== 'sys') this.#hide(path.join('.'));
    if (kind === 'secret') return this.#secret(name, path);
    const value = (kind === 'env' ? this.sources.env : this.sources.sys)[name];
    if (value === undefined) {
      const what =
        kind === 'env'
          ? `environment variable ${name} is not set`
          : `system property ${name} is not set (--define ${name}=VALUE)`;
      this.#problem(path, what);
    }
    return value;
  }

  #secret(alias: string, path: readonly string[]): string | undefined {
    const secrets = this.source['secrets'] as TomlTable | undefined;
    const stored = secrets && Object.hasOwn(secrets, alias) ? secrets[alias] : undefined;
    if (typeof stored !== 'string') {
      this.#problem(path, `there is no secret "${alias}" in [secrets]`);
      return undefined;
    }
    const plain = /^\[(.*)\]$/s.exec(stored);
    if (plain) return plain[1];
    try {
      return this.sources.decrypt(stored);
    } catch {
      this.#problem(path, `secret "${alias}" cannot be decrypted with the key of this server`);
      return undefined;
    }
  }

  #reference(name: string, path: readonly string[], trail: readonly string[]): TomlValue | undefined {
    this.#references++;
    if (this.#references > MAX_REFERENCES) {
      if (this.#references === MAX_REFERENCES + 1) {
        this.#problem(
          path,
          `$ref{${name}} is one of more than ${MAX_REFERENCES} references, counted through each other`,
        );
      }
      return undefined;
    }
    if (trail.includes(name)) {
      this.#problem(path, `$ref{${name}} refers to itself (${[...trail, name].join(' -> ')})`);
      return undefined;
    }
    let target: TomlValue | undefined = this.source;
    for (const part of name.split('.')) {
      target = typeof target === 'object' && Object.hasOwn(target, part) ? (target as TomlTable)[part] : undefined;
    }
    if (target === undefined) {
      this.#problem(path, `$ref{${name}} refers to a key that is not in the file`);
      return undefined;
    }
    const parts = name.split('.');
    const value = this.#walk(target, parts, [...trail, name]);
    // Something hidden in what is referred to hides all that came in its place.
    if ([...this.#hidden].some((hidden) => hidden === name || hidden.startsWith(`${name}.`)))
      this.#hide(path.join('.'));
    return value;
  }

  /** Under both of its spellings, for a problem names a key in snake case. */
  #hide(dotted: string): void {
    this.#hidden.add(dotted);
    this.#hidden.add(snakeCase(dotted));
  }

  #problem(path: readonly string[], rule: string): void {
    this.#problems.push({ path: [...path], rule });
  }
}
