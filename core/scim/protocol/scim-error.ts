import { GatehouseError } from '#core/kernel';

/** Detail error keywords (RFC 7644 section 3.12). */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive';

/** An error of the SCIM endpoints. `message` is its `detail`, and public. */
export class ScimError extends GatehouseError {
  override readonly name = 'ScimError';
  readonly scimType: ScimType | undefined;
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param status HTTP status
   * @param detail what is wrong, and what to do
   */
  constructor(
    readonly status: number,
    detail: string,
    options?: ErrorOptions & {
      readonly scimType?: ScimType | undefined;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ) {
    super(options?.scimType ?? String(status), detail, options);
    this.scimType = options?.scimType;
    this.headers = options?.headers ?? {};
  }
}

/** A 400 with its keyword. */
export function badRequest(scimType: ScimType, detail: string, options?: ErrorOptions): ScimError {
  return new ScimError(400, detail, { ...options, scimType });
}

/** There is no such resource. @param what `User` */
export function notFound(what: string, id: string): ScimError {
  return new ScimError(404, `Specified resource (e.g., ${what}) or endpoint does not exist: ${shown(id)}`);
}

const LONGEST = 100;

/** What a client has sent, short enough to be shown in an error. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
