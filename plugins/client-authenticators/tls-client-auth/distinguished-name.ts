/** Attribute types that the library does not know, or knows by another name (RFC 4519, RFC 2985). */
const further = {
  EMAILADDRESS: '1.2.840.113549.1.9.1',
  SERIALNUMBER: '2.5.4.5',
  STREET: '2.5.4.9',
  S: '2.5.4.8',
  UID: '0.9.2342.19200300.100.1.1',
};

/** Loaded only when a name has to be compared. */
const library = () => import('@peculiar/x509');

/**
 * Whether a name as an operator has written it (RFC 4514) is the subject of a certificate. Upper and lower case,
 * repeated blanks and ways to escape do not count, nor at which end the name begins: tools differ in that.
 *
 * @param certificate in DER form
 */
export async function isSubject(written: string, certificate: Buffer): Promise<boolean> {
  const { Name, X509Certificate } = await library();
  try {
    const name = new Name(new Name(prepared(written), further).toArrayBuffer(), further);
    const subject = new Name(new X509Certificate(new Uint8Array(certificate)).subjectName.toArrayBuffer(), further);
    const [wanted, shown] = [partsOf(name.toJSON()), partsOf(subject.toJSON())];
    if (wanted.length === 0 || wanted.length !== shown.length) return false;
    return isSame(wanted, shown) || isSame(wanted, shown.reverse());
  } catch {
    return false;
  }
}

/** Attribute types in upper case, and characters that are written as bytes (`\C4\8D`) as themselves. */
function prepared(written: string): string {
  return written
    .replace(/(?:\\[0-9a-f]{2})+/gi, (bytes) =>
      Buffer.from(bytes.replaceAll('\\', ''), 'hex')
        .toString('utf8')
        .replace(/[,+"\\<>;=]/g, '\\$&'),
    )
    .replace(/(^|[,+;])(\s*)([a-z]+)(?=\s*=)/gi, (_, before: string, blank: string, type: string) => {
      return `${before}${blank}${type.toUpperCase()}`;
    });
}

/** The parts of a name, each as one text; one with several attributes has them sorted. */
const partsOf = (name: readonly Readonly<Record<string, readonly string[]>>[]): string[] =>
  name.map((part) =>
    JSON.stringify(
      Object.entries(part)
        .flatMap(([type, values]) =>
          values.map((value) => `${type}=${value.trim().replace(/\s+/g, ' ').toLowerCase()}`),
        )
        .sort(),
    ),
  );

const isSame = (a: readonly string[], b: readonly string[]) => a.every((part, index) => part === b[index]);
