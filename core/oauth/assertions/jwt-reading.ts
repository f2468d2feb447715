import { base64url } from 'jose';
import { GatehouseError } from '#core/kernel';

/** Why an assertion is not taken. */
export type AssertionFault =
  | 'malformed'
  | 'incomplete'
  | 'unknown_issuer'
  | 'signature'
  | 'audience'
  | 'expired'
  | 'not_yet'
  | 'too_old'
  | 'subject';

/** An assertion is not taken. The message is public, the cause is not. */
export class AssertionError extends GatehouseError {
  override readonly name = 'AssertionError';

  constructor(
    readonly fault: AssertionFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`assertion_${fault}`, message, options);
  }
}

/** Longest assertion, in characters: more would be work for an attacker to give away. */
const MAX_LENGTH = 16_384;

/** How deep a JWT may be nested; undefined: that is not looked at. */
export type MaximumDepth = number | undefined;

/** A JWT as it says of itself: nothing of it is true yet. */
export interface UncheckedJwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Throws AssertionError for what is too long to be looked at. */
export function checkLength(text: string): void {
  if (text.length > MAX_LENGTH)
    throw new AssertionError('malformed', `The JSON Web Token is longer than ${MAX_LENGTH} characters.`);
}

/** Takes a signed JWT apart, without believing it. Throws AssertionError. */
export function readJwt(text: string, maximumDepth: MaximumDepth): UncheckedJwt {
  checkLength(text);
  const [header, claims, ...rest] = text.split('.');
  if (header === undefined || claims === undefined || rest.length !== 1) throw malformed();
  return { header: objectIn(header, maximumDepth), claims: objectIn(claims, maximumDepth) };
}

function objectIn(part: string, maximumDepth: MaximumDepth): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(base64url.decode(part));
    if (maximumDepth !== undefined && depthOf(text) > maximumDepth)
      throw new AssertionError('malformed', `The JSON Web Token is nested deeper than ${maximumDepth} levels.`);
    value = JSON.parse(text);
  } catch (cause) {
    throw cause instanceof AssertionError ? cause : malformed(cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed();
  return value as Readonly<Record<string, unknown>>;
}

/** How deep JSON is nested; found in its text, so that nothing deep is ever built. */
function depthOf(json: string): number {
  let [depth, deepest] = [0, 0];
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (inString) {
      if (char === '\\') at++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') deepest = Math.max(deepest, ++depth);
    else if (char === '}' || char === ']') depth--;
  }
  return deepest;
}

const malformed = (cause?: unknown) =>
  new AssertionError('malformed', 'The assertion is not a signed JSON Web Token.', { cause });
