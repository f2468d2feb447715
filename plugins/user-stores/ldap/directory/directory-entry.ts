import type { Entry } from 'ldapts';

/** An entry as the directory gave it. Names of attributes are found in any case of letters. */
export class DirectoryEntry {
  readonly dn: string;
  readonly #values = new Map<string, readonly Buffer[]>();

  /** @param entry of a search for which every attribute was asked for as bytes, see {@link everyAttribute} */
  constructor(entry: Entry) {
    const { dn, ...attributes } = entry;
    this.dn = dn;
    for (const [name, value] of Object.entries(attributes)) {
      const values = (Array.isArray(value) ? value : [value]).map((one) =>
        Buffer.isBuffer(one) ? one : Buffer.from(one, 'utf8'),
      );
      if (values.length > 0) this.#values.set(name.toLowerCase(), values);
    }
  }

  /** Bytes of the values; none when there is no such attribute. */
  bytes(name: string): readonly Buffer[] {
    return this.#values.get(name.toLowerCase()) ?? [];
  }

  /** The values as text. */
  texts(name: string): readonly string[] {
    return this.bytes(name).map((value) => value.toString('utf8'));
  }

  /** The first value as text. */
  text(name: string): string | undefined {
    return this.texts(name)[0];
  }

  /** Names of its attributes in lower case, with options: `member;range=0-1499`. */
  names(): readonly string[] {
    return [...this.#values.keys()];
  }
}

/** For `explicitBufferAttributes` of ldapts, which looks names up with regard to case: every attribute as bytes. */
class EveryName extends Array<string> {
  override includes(): boolean {
    return true;
  }
}

/** Asks ldapts for bytes of every attribute: it would guess from each value whether it is text. */
export const everyAttribute = (): string[] => new EveryName();
