/** Whether a text can name an attribute (RFC 4512 section 2.5), options included. Others are never sent. */
export function isAttributeName(text: string): boolean {
  return /^(?:[a-z][a-z0-9_-]*|\d+(?:\.\d+)+)(?:;[a-z0-9-]+)*$/i.test(text) && text.length <= 128;
}
