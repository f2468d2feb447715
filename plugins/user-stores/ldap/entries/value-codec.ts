import type { DirectoryEntry } from '../directory/directory-entry.js';
import type { ValueSettings } from '../settings/ldap-settings.js';
import { guidOfUuid, uuidOfGuid } from './guid.js';
import { generalizedTime, type TimePattern } from './time-pattern.js';

/** Reads values as the directory has them, and writes them so. */
export class ValueCodec {
  constructor(private readonly settings: ValueSettings) {}

  /** Values of an attribute as text: bytes as base64, times as ISO 8601, an `objectGUID` as UUID. */
  read(entry: DirectoryEntry, attribute: string): readonly string[] {
    if (this.isGuid(attribute)) return entry.bytes(attribute).map((bytes) => this.#guidText(bytes));
    if (this.isBinary(attribute)) return entry.bytes(attribute).map((bytes) => bytes.toString('base64'));
    if (this.isTime(attribute)) return entry.texts(attribute).map((text) => isoOf(text, this.timePattern));
    return entry.texts(attribute);
  }

  /** A value as the directory wants it; undefined when it cannot be a value of this attribute. */
  write(attribute: string, value: string): string | Buffer | undefined {
    if (this.isGuid(attribute)) return this.#guidBytes(value);
    if (this.isBinary(attribute)) return Buffer.from(value, 'base64');
    if (!this.isTime(attribute)) return value;
    const time = timeOf(value);
    return time === undefined ? undefined : this.timePattern.format(time);
  }

  /** Whether its values are bytes. */
  isBinary(attribute: string): boolean {
    const name = attribute.toLowerCase();
    return this.isGuid(name) || this.settings.binary.has(name) || name.endsWith(';binary');
  }

  /** Whether it is an id of Active Directory. */
  isGuid(attribute: string): boolean {
    return attribute.toLowerCase() === 'objectguid';
  }

  /** Whether the settings say that its values are times. */
  isTime(attribute: string): boolean {
    return this.settings.timestamps.has(attribute.toLowerCase());
  }

  get timePattern(): TimePattern {
    return this.settings.timePattern;
  }

  #guidText(bytes: Buffer): string {
    return (this.settings.guidAsUuid ? uuidOfGuid(bytes) : undefined) ?? bytes.toString('base64url');
  }

  #guidBytes(text: string): Buffer | undefined {
    if (this.settings.guidAsUuid) return guidOfUuid(text);
    const bytes = Buffer.from(text, 'base64url');
    return bytes.length === 16 ? bytes : undefined;
  }
}

/** ISO 8601 of a time of the directory, or the text as it is when it cannot be read. */
export function isoOf(text: string, pattern: TimePattern): string {
  const time = pattern.parse(text) ?? generalizedTime.parse(text);
  return time === undefined ? text : new Date(time).toISOString();
}

/** Milliseconds since 1970 of an ISO 8601 text, or of the number itself. */
export function timeOf(text: string): number | undefined {
  const time = /^\d{12,14}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
