/** A typed place where plugins add things. The room that consumes the things owns the point. */
export interface ExtensionPoint<T> {
  /** Kebab-case plural name, unique in the server: `authenticators`. */
  readonly id: string;
  readonly __type?: T;
}

/** Declares an extension point: `export const Authenticators = extensionPoint<Authenticator>('authenticators')`. */
export function extensionPoint<T>(id: string): ExtensionPoint<T> {
  return { id };
}

/** What has been contributed to one extension point of one server. */
export class Registry<T> {
  readonly #items = new Map<string, { readonly item: T; readonly owner: string }>();
  #sealed = false;
  #ordered: readonly T[] | undefined;

  constructor(readonly point: string) {}

  /** Adds a contribution. Throws when the id is taken or the boot is over. */
  add(id: string, item: T, owner: string): void {
    if (this.#sealed) throw new Error(`${this.point} "${id}" was added after the boot by ${owner}`);
    const existing = this.#items.get(id);
    if (existing) throw new Error(`${this.point} "${id}" is claimed by both ${existing.owner} and ${owner}`);
    this.#items.set(id, { item, owner });
    this.#ordered = undefined;
  }

  /** The contribution with this id, if any. */
  find(id: string): T | undefined {
    return this.#items.get(id)?.item;
  }

  /** The contribution with this id; throws with the known ids when there is none. */
  get(id: string): T {
    const found = this.find(id);
    if (found === undefined) throw new Error(`no "${id}" in ${this.point}; known: ${this.ids().join(', ') || 'none'}`);
    return found;
  }

  /** Ids in alphabetical order. */
  ids(): string[] {
    return [...this.#items.keys()].sort();
  }

  /** Contributions in the order of {@link ids}. */
  all(): T[] {
    // Requests ask again and again, and what is asked for changes only during the boot.
    this.#ordered ??= this.ids().map((id) => this.get(id));
    return [...this.#ordered];
  }

  /** Every contribution with the plugin that made it. */
  entries(): { id: string; item: T; owner: string }[] {
    return this.ids().map((id) => ({ id, ...(this.#items.get(id) as { item: T; owner: string }) }));
  }

  /** Ends the time of contributions. */
  seal(): void {
    this.#sealed = true;
  }
}

/** All registries of one server. */
export class Extensions {
  readonly #registries = new Map<string, Registry<unknown>>();
  #sealed = false;

  /** The registry of a point; it exists from the first look on, so consumers need no special case for "nobody". */
  of<T>(point: ExtensionPoint<T>): Registry<T> {
    let registry = this.#registries.get(point.id);
    if (!registry) {
      registry = new Registry<unknown>(point.id);
      if (this.#sealed) registry.seal();
      this.#registries.set(point.id, registry);
    }
    return registry as Registry<T>;
  }

  /** Ids of the points that have been looked at or contributed to. */
  points(): string[] {
    return [...this.#registries.keys()].sort();
  }

  /** Seals every registry, also those that nobody has looked at yet. */
  seal(): void {
    this.#sealed = true;
    for (const registry of this.#registries.values()) registry.seal();
  }
}
