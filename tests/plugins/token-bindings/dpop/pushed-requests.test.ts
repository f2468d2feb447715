import { expect } from 'chai';
import type { HttpRequest } from '#core/http';
import { BindingsToken } from '../../../../core/oauth/token/bindings.js';
import { type DpopKey, dpopKey, proofOf } from '../../../support/dpop-client.js';
import { failureOf } from '../../../support/failures.js';
import { superPlace } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const PATH = '/oauth2/par';

describe('token-binding.dpop: pushed authorization requests', () => {
  let server: TestServer;
  let key: DpopKey;
  before(async () => {
    server = await startTestServer();
    key = await dpopKey();
  });
  after(() => server?.stop());

  const request = (dpop: string | undefined): HttpRequest => {
    const organization = { id: superPlace.orgId, handle: 'carbon.super', name: 'Super', prefix: '' };
    const { origin } = server;
    return { method: 'POST', path: PATH, origin, organization, headers: { dpop } } as unknown as HttpRequest;
  };
  const proof = () => proofOf(key, 'POST', server.origin + PATH);
  const pushed = (dpop: string | undefined, dpopJkt?: string) =>
    server.server.container.get(BindingsToken).pushedKey(request(dpop), dpopJkt);

  it('are bound by a proof that comes with them, as by dpop_jkt', async () => {
    expect(await pushed(await proof())).to.equal(key.thumbprint);
    expect(await pushed(await proof(), key.thumbprint)).to.equal(key.thumbprint);
    expect(await pushed(undefined, key.thumbprint)).to.equal(key.thumbprint);
    expect(await pushed(undefined)).to.equal(undefined);
  });

  it('are refused when the proof is bad, or by another key than dpop_jkt names', async () => {
    const other = await dpopKey();
    const mine = await proof();
    for (const ask of [() => pushed('x'), () => pushed(mine, other.thumbprint)])
      expect(await failureOf(ask)).to.include({ code: 'invalid_dpop_proof', message: 'Invalid DPoP Proof' });
  });
});
