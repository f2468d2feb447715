import { expect } from 'chai';
import { ClaimDialects, claimUri } from '#core/users';
import { ClaimMapping } from '../../../core/connections/claim-mapping.js';
import { identityProviderSettings } from '../../../core/connections/identity-provider-model.js';

describe('claims of identity providers', () => {
  const dialects = ClaimDialects.load('config');
  const mapping = new ClaimMapping({ of: async () => dialects });
  const idp = (...pairs: [string, string][]) => ({
    orgId: 'o',
    settings: identityProviderSettings.parse({
      claims: { mappings: pairs.map(([idpClaim, name]) => ({ idpClaim, localClaim: { uri: claimUri(name) } })) },
    }),
  });

  it('are mapped as the identity provider is set up; others are dropped', async () => {
    const provider = idp(['mail', 'emailaddress'], ['teams', 'groups'], ['age', 'title'], ['absent', 'mobile']);
    const claims = { mail: 'a@example.com', teams: ['x', 'y', 'x', 7, {}, null, ''], age: 7, email: 'b@example.com' };
    expect(await mapping.map(provider, claims)).to.deep.equal({
      [claimUri('emailaddress')]: ['a@example.com'],
      [claimUri('groups')]: ['x', 'y', '7'],
      [claimUri('title')]: ['7'],
    });
  });

  it('go by the names of OpenID Connect when nothing is set up', async () => {
    const claims = {
      given_name: 'Kim',
      email_verified: true,
      sub: 's',
      iss: 'i',
      custom: 'c',
      address: { country: 'CH' },
    };
    expect(await mapping.map(idp(), claims)).to.deep.include({
      [claimUri('givenname')]: ['Kim'],
      [claimUri('identity/emailVerified')]: ['true'],
    });
    expect(Object.keys(await mapping.map(idp(), claims)).join(' ')).not.to.match(/custom|iss/);
  });

  it('may have hostile names', async () => {
    const provider = idp(['__proto__', 'title'], ['constructor', 'country'], ['toString', 'region']);
    expect(await mapping.map(provider, { a: 'b' })).to.deep.equal({});
    expect(
      await mapping.map(idp(), JSON.parse('{"__proto__":"x","constructor":"y"}') as object as Record<string, unknown>),
    ).to.deep.equal({});
  });
});
