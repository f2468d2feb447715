const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text is a UUID (RFC 9562). */
export const isUuid = (text: string): boolean => UUID.test(text);

/** Active Directory writes the first three parts of a GUID with the lowest byte first. */
function reordered(bytes: Buffer): Buffer {
  const part = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).reverse();
  return Buffer.concat([part(0, 4), part(4, 6), part(6, 8), bytes.subarray(8)]);
}

/** The UUID of the 16 bytes of an `objectGUID`; undefined when there are not 16. */
export function uuidOfGuid(bytes: Buffer): string | undefined {
  if (bytes.length !== 16) return undefined;
  const hex = reordered(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The bytes of an `objectGUID` for its UUID; undefined when the text is no UUID. */
export function guidOfUuid(uuid: string): Buffer | undefined {
  return isUuid(uuid) ? reordered(Buffer.from(uuid.replaceAll('-', ''), 'hex')) : undefined;
}
