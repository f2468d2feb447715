import { expect } from 'chai';
import { ClaimDialects, claimUri, IDENTITY_CLAIMS, type LocalClaim } from '#core/users';
import { shownLocal } from '../../../../core/users/claims/claim-answers.js';
import { localClaimBody } from '../../../../core/users/claims/claim-requests.js';
import { checkedLocal } from '../../../../core/users/claims/local-claim-checks.js';

describe('the claims that ship', () => {
  const dialects = ClaimDialects.load('config');
  const stores = new Set(['PRIMARY']);

  it('keep the rules for claims of one’s own, and stay the same when they are read and sent back', () => {
    for (const claim of dialects.locals) {
      const request = localClaimBody.parse(shownLocal(claim));
      expect(checkedLocal(request, claim, dialects, stores), claim.claimURI).to.deep.equal(claim);
      expect(claim.attribute.length, claim.claimURI).to.be.within(1, 100);
    }
  });

  it('are there for every claim of another dialect, once in each', () => {
    for (const { dialectURI, claims } of dialects.dialects) {
      for (const { claimURI, mappedLocalClaimURI } of claims)
        expect(dialects.local(mappedLocalClaimURI), `${dialectURI}: ${claimURI}`).not.to.equal(undefined);
      for (const list of [claims.map((one) => one.claimURI), claims.map((one) => one.mappedLocalClaimURI)])
        expect(new Set(list).size, dialectURI).to.equal(list.length);
    }
  });

  it('have the claims of the contract, where they belong', () => {
    const core = 'urn:ietf:params:scim:schemas:core:2.0';
    const system = 'urn:scim:wso2:schema';
    const wanted: readonly [string, string, string][] = [
      [core, `${core}:meta.lastModified`, 'modified'],
      [`${core}:User`, `${core}:User:emails`, 'emailaddress'],
      [`${core}:User`, `${core}:User:phoneNumbers.mobile`, 'mobile'],
      [system, `${system}:accountLocked`, 'identity/accountLocked'],
      [system, `${system}:forcePasswordReset`, 'identity/adminForcedPasswordReset'],
      ['http://wso2.org/oidc/claim', 'email_verified', 'identity/emailVerified'],
      ['http://axschema.org', 'http://axschema.org/contact/email', 'emailaddress'],
    ];
    for (const [dialect, claim, local] of wanted)
      expect(dialects.localOf(dialect, claim), claim).to.equal(claimUri(local));
    expect(dialects.externalOf(claimUri('identity/accountLocked')).map(({ dialectURI }) => dialectURI)).to.deep.equal([
      system,
    ]);
    expect(dialects.placeOf(`${IDENTITY_CLAIMS}accountLocked`, 'PRIMARY')).to.deep.equal({
      in: 'identity',
      name: 'accountLocked',
    });
    expect(dialects.placeOf(claimUri('emailaddress'), 'ANY')).to.deep.equal({ in: 'store', name: 'mail' });
    const own = {
      ...dialects.locals[0],
      claimURI: claimUri('identity/totp'),
      system: false,
      managedInUserStore: false,
    };
    const place = dialects.withLocals([own as LocalClaim]).placeOf(own.claimURI, 'PRIMARY');
    expect(place, 'not what the server keeps under that name').to.deep.equal({
      in: 'identity',
      name: 'claim:identity/totp',
    });
    expect(dialects.external('urn:none')).to.deep.equal([]);
  });
});
