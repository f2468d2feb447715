/** An attribute and its value, as parts of a name. */
interface NamePart {
  /** In lower case. */
  readonly attribute: string;
  readonly value: string;
}

/** The value as a part of a DN (RFC 4514 section 2.4), whatever it holds. */
export function escapedValue(value: string): string {
  return value.replace(/^[\s#]|[,+"\\<>;=\p{Cc}]|\s$/gu, (character) =>
    Buffer.from(character).toString('hex').replace(/../g, '\\$&'),
  );
}

/** `attribute=value`, escaped. */
export const rdnOf = (attribute: string, value: string): string => `${attribute}=${escapedValue(value)}`;

/** Position behind the first RDN, that is of the first comma that is neither escaped nor quoted. */
function endOfRdn(dn: string): number {
  let isQuoted = false;
  for (let at = 0; at < dn.length; at++) {
    const character = dn[at];
    if (character === '\\') at++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (character === ',' || character === ';')) return at;
  }
  return dn.length;
}

/** The DN above: what is left without the first RDN. */
export function parentOf(dn: string): string {
  return dn.slice(endOfRdn(dn) + 1).trimStart();
}

function unescaped(text: string): string {
  const quoted = text.startsWith('"') && text.endsWith('"') && text.length > 1 ? text.slice(1, -1) : text;
  return quoted.replace(/(?:\\[0-9a-f]{2})+|\\(.)/gi, (run, character?: string) => {
    return character ?? Buffer.from(run.replaceAll('\\', ''), 'hex').toString('utf8');
  });
}

/** Without spaces around it, but with those that are escaped. */
function trimmed(text: string): string {
  const start = text.trimStart();
  const end = start.trimEnd();
  return end.endsWith('\\') && end.length < start.length ? `${end} ` : end;
}

/** The parts of the first RDN; several when it is joined by plus signs. */
export function firstRdn(dn: string): readonly NamePart[] {
  const rdn = dn.slice(0, endOfRdn(dn));
  const parts = rdn.match(/(?:\\.|"(?:\\.|[^"\\])*"|[^+\\])+/gs) ?? [];
  return parts.flatMap((part) => {
    const equals = part.indexOf('=');
    if (equals < 1) return [];
    const attribute = part.slice(0, equals).trim().toLowerCase();
    return [{ attribute, value: unescaped(trimmed(part.slice(equals + 1))) }];
  });
}

/** A form in which two DNs of the same entry are equal: letters of any case, one way of escaping, no spare spaces. */
export function comparable(dn: string): string {
  const rdns: string[] = [];
  for (let rest = dn; rest !== ''; rest = parentOf(rest)) {
    const parts = firstRdn(rest).map(({ attribute, value }) => {
      return `${attribute}=${escapedValue(value.normalize('NFC').toLowerCase().trim().replace(/ +/g, ' '))}`;
    });
    rdns.push(parts.sort().join('+'));
  }
  return rdns.join(',');
}

/** Whether an entry is at or below a DN. */
export function isWithin(dn: string, base: string): boolean {
  const [inner, outer] = [comparable(dn), comparable(base)];
  return inner === outer || outer === '' || inner.endsWith(`,${outer}`);
}

/** The DN without the value of its first RDN, for logs. */
export function withoutValue(dn: string): string {
  const parts = firstRdn(dn).map(({ attribute }) => `${attribute}=?`);
  return [parts.join('+'), parentOf(dn)].filter((part) => part !== '').join(',');
}
