import { createHash } from 'node:crypto';
import type { OAuthClient } from '../clients/client.service.js';
import { hostsOf } from '../clients/oidc-inbound-rules.js';

/**
 * A subject that says nothing to applications of other sectors (OpenID Connect Core §8.1): the UUID, version 3 without a
 * name space, of sector host and subject. The contract has it so, and people keep their subjects when they move here.
 */
export function pairwiseSubject(client: OAuthClient, subject: string): string {
  const bytes = createHash('md5')
    .update(sectorOf(client) + subject)
    .digest();
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x30;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Host of the sector identifier, else of the callback URLs; a client with neither is a sector of its own. */
function sectorOf({ settings, entity }: OAuthClient): string {
  const { sectorIdentifierUri } = settings.subject;
  if (URL.canParse(sectorIdentifierUri)) return new URL(sectorIdentifierUri).hostname;
  const [host] = hostsOf(settings.callbackURLs);
  return host === undefined ? entity.clientId : new URL(`https://${host}`).hostname;
}
