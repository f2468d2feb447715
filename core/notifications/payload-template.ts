/** Form of a body: `JSON` or `FORM`. */
export type PayloadForm = 'JSON' | 'FORM';

/** Media types of the forms. */
export const PAYLOAD_TYPES: Readonly<Record<PayloadForm, string>> = {
  JSON: 'application/json',
  FORM: 'application/x-www-form-urlencoded',
};

const placeholder = /\{\{\s*([\w-]{1,64})\s*\}\}/y;

/**
 * Fills a template of a body. In JSON a value becomes a part of the string that it stands in, or a whole string where
 * it stands in none; in a form it is URL-encoded. So a value can never become anything but a value.
 */
export function filledPayload(template: string, form: PayloadForm, values: Readonly<Record<string, string>>): string {
  let inString = false;
  let result = '';
  for (let at = 0; at < template.length; ) {
    placeholder.lastIndex = at;
    const found = placeholder.exec(template);
    if (found) {
      result += encoded(Object.hasOwn(values, found[1] ?? '') ? (values[found[1] ?? ''] ?? '') : '', form, inString);
      at += found[0].length;
      continue;
    }
    const character = template.charAt(at);
    // An escaped character is no end of a string.
    const length = inString && character === '\\' ? 2 : 1;
    if (character === '"') inString = !inString;
    result += template.slice(at, at + length);
    at += length;
  }
  return result;
}

function encoded(value: string, form: PayloadForm, inString: boolean): string {
  if (form === 'FORM') return encodeURIComponent(Buffer.from(value).toString());
  const text = JSON.stringify(value);
  return inString ? text.slice(1, -1) : text;
}

/** Whether a template gives JSON whatever its values are. */
export function givesJson(template: string): boolean {
  try {
    JSON.parse(filledPayload(template, 'JSON', {}));
    return true;
  } catch {
    return false;
  }
}

/** Headers that belong to the connection. */
const reserved = /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|keep-alive|expect)$/i;
const headerPattern = /^([!#$%&'*+.^_`|~\w-]+)\s*:\s*([\x20-\x7e]*)$/;

/**
 * Headers from `Name: value, Name: value`; a comma within a value is one that no name follows. Undefined when the text
 * is no such list or names a header of the connection.
 */
export function headersIn(list: string): Readonly<Record<string, string>> | undefined {
  const headers: Record<string, string> = {};
  for (const part of list.split(/,(?=\s*[!#$%&'*+.^_`|~\w-]+\s*:)/)) {
    if (part.trim() === '') continue;
    const [, name, value] = headerPattern.exec(part.trim()) ?? [];
    if (name === undefined || value === undefined || reserved.test(name)) return undefined;
    headers[name.toLowerCase()] = value.trim();
  }
  return headers;
}
