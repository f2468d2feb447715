import { expect } from 'chai';
import { startTestServer } from '../../support/test-server.js';

/** What the start says of a configuration; undefined when it takes it. */
async function complaintAbout(toml: string): Promise<string | undefined> {
  try {
    await (await startTestServer({ toml })).stop();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('[oauth] of deployment.toml', () => {
  it('takes switches that say what is so anyway', async () => {
    const toml = `
[oauth]
use_client_id_as_sub_claim_for_app_tokens = true
return_sp_id_to_apps = false
[oauth.token_cleanup]
enable = true
[oauth.oidc.id_token]
sign_with_sp_key = true
use_entityid_as_issuer = false
[oauth.grant_type.client_credentials]
allow_refresh_tokens = false
skip_oidc_claims = true`;
    expect(await complaintAbout(toml)).to.equal(undefined);
  });

  const refused: [string, RegExp][] = [
    ['[oauth]\nuse_client_id_as_sub_claim_for_app_tokens = false', /always the client id/],
    ['[oauth.token_cleanup]\nretain_access_tokens_for_auditing = true', /the audit log is for that/],
    ['[oauth.oidc.id_token]\nsign_with_sp_key = false', /signed with the key/],
    ['[oauth.grant_type.client_credentials]\nallow_refresh_tokens = true', /RFC 6749 §4\.4\.3/],
    ['[oauth.oidc.logout_request_sender]\npool_size = 20', /outbox/],
    ['[[oauth.custom_grant_type]]\nname = "x"', /a plugin: see docs\/plugins\.md/],
    ['[oauth.grant_type.kerberos]\nenable = true', /Kerberos/],
    ['[oauth.oidc.id_token]\nsigning_algorithms = ["HS256"]', /known: SHA256withRSA/],
    ['[oauth.par]\nexpiry_tim = "60s"', /did you mean "expiry_time"/],
  ];
  for (const [toml, reason] of refused)
    it(`refuses ${toml.replace(/\n/g, ' ')} and says why`, async () => {
      expect(await complaintAbout(toml)).to.match(reason);
    });

  it('decides what applications may choose for their ID tokens', async () => {
    const server = await startTestServer({ toml: '[oauth.oidc.id_token]\nsigning_algorithms = ["PS256"]' });
    try {
      const meta = await server.api('GET', '/api/server/v1/applications/meta/inbound-protocols/oidc');
      expect(meta.body['idTokenSignatureAlgorithm']).to.deep.include({ options: ['PS256'] });
      const oidc = { grantTypes: ['client_credentials'], idToken: { idTokenSignedResponseAlg: 'ES256' } };
      const body = { name: 'signs', inboundProtocolConfiguration: { oidc } };
      const { status, body: answer } = await server.api('POST', '/api/server/v1/applications', body);
      expect(status).to.equal(400);
      expect(answer['description']).to.match(/idTokenSignedResponseAlg: there is no ES256\. Known: PS256/);
    } finally {
      await server.stop();
    }
  });
});
