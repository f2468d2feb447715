import type { JWTPayload } from 'jose';
import { providersAs } from '../core/connections/provider-api.js';
import { type IssuerKey, issuerKey, KeyEndpoint } from './key-endpoint.js';
import type { TestServer } from './test-server.js';

/** Somebody whose tokens a server trusts. The server has to be set to {@link MAY_ASK_HERE}. */
export class TrustedIssuer {
  private constructor(
    readonly id: string,
    readonly issuer: string,
    readonly alias: string,
    readonly key: IssuerKey,
    private readonly endpoint: KeyEndpoint,
  ) {}

  /** Makes one in the super organization. @param more further members of the identity provider */
  static async start(server: TestServer, name: string, more: Record<string, unknown> = {}): Promise<TrustedIssuer> {
    const key = await issuerKey('RS256', `${name}-key`);
    const endpoint = await KeyEndpoint.start(key.jwk);
    const [idpIssuerName, alias] = [`https://${name}.example`, `urn:gatehouse-at-${name}`];
    const certificate = { jwksUri: endpoint.url };
    const id = await providersAs(server).make(name, { idpIssuerName, alias, certificate, ...more });
    return new TrustedIssuer(id, idpIssuerName, alias, key, endpoint);
  }

  /** An assertion that is good; claims that are given count. */
  sign(
    claims: JWTPayload = {},
    header: { readonly kid?: string; readonly alg?: string; readonly typ?: string } = {},
  ): Promise<string> {
    return this.key.sign({ iss: this.issuer, sub: 'outsider', aud: this.alias, ...claims }, header);
  }

  stop(): void {
    this.endpoint.stop();
  }
}
