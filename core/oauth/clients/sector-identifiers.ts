import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { OutboundError, type OutboundHttp, OutboundHttpToken } from '#core/http';
import { token } from '#core/kernel';
import { alternativesOf } from './oidc-inbound-rules.js';

/** Injection token of the check of sector identifiers. */
export const SectorIdentifiersToken = token<SectorIdentifiers>('oauth.sector-identifiers');

const list = z.array(z.string());

/** Sector identifiers: addresses of lists of callback URLs that belong together (OpenID Connect Core §8.1). */
@injectable()
export class SectorIdentifiers {
  constructor(@inject(OutboundHttpToken) private readonly http: OutboundHttp) {}

  /**
   * Why callback URLs do not belong to a sector; undefined when they do. Asks another server, so not within a unit of
   * work.
   *
   * @param address `sectorIdentifierUri`, https
   */
  async problem(address: string, callbackURLs: readonly string[]): Promise<string | undefined> {
    const known = await this.#fetch(address);
    if (typeof known === 'string') return known;
    const missing = callbackURLs.flatMap(alternativesOf).find((url) => !known.includes(url.replace(/\\(.)/g, '$1')));
    return missing === undefined ? undefined : `${missing} is not in the list at ${address}`;
  }

  async #fetch(url: string): Promise<readonly string[] | string> {
    try {
      const { status, text } = await this.http.send({ url, headers: { accept: 'application/json' } });
      const parsed = status === 200 ? list.safeParse(JSON.parse(text)) : undefined;
      return parsed?.data ?? `${url} does not answer with a JSON list of callback URLs`;
    } catch (error) {
      if (error instanceof SyntaxError) return `${url} does not answer with a JSON list of callback URLs`;
      if (error instanceof OutboundError) return `${url} cannot be fetched: ${error.message}`;
      throw error;
    }
  }
}
