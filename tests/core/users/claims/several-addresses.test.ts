import { expect } from 'chai';
import { ClaimDialects, claimUri, type UserClaims } from '#core/users';
import { addressesAfter } from '../../../../core/users/claims/several-addresses.js';
import { failureOf } from '../../../support/failures.js';

const shipped = ClaimDialects.load('config');
const lists = new Set(['emailAddresses', 'mobileNumbers'].map(claimUri));
const displayed = shipped.withLocals(
  shipped.locals.map((claim) => (lists.has(claim.claimURI) ? { ...claim, supportedByDefault: true } : claim)),
);
const uris = (claims: UserClaims): UserClaims =>
  Object.fromEntries(Object.entries(claims).map(([name, values]) => [claimUri(name), values]));
const EMAIL_VERIFIED = 'identity/emailVerified';
const before: UserClaims = {
  emailaddress: ['a@x.example'],
  emailAddresses: ['a@x.example', 'b@x.example', 'c@x.example'],
  verifiedEmailAddresses: ['a@x.example', 'b@x.example'],
  [EMAIL_VERIFIED]: ['true'],
};

describe('several addresses of a user', () => {
  const result = (changes: UserClaims, by: 'user' | 'administrator' = 'administrator', had: UserClaims = before) =>
    addressesAfter({ before: uris(had), changes: uris(changes), by, severalAllowed: true }, displayed);
  const refusal = async (changes: UserClaims, by?: 'user' | 'administrator', had?: UserClaims) =>
    ((await failureOf(async () => result(changes, by, had))) as unknown as { code: string }).code;

  it('contain the primary one', async () => {
    expect(await refusal({ emailaddress: ['z@x.example'] })).to.equal('UEV-10005');
    expect(await refusal({ mobile: ['3'] }, 'administrator', { mobileNumbers: ['1', '2'] })).to.equal('UMV-10004');
    expect(result({ emailaddress: ['b@x.example'] })).to.deep.equal(uris({ [EMAIL_VERIFIED]: ['true'] }));
    expect(result({ emailaddress: ['c@x.example'] })).to.deep.equal(uris({ [EMAIL_VERIFIED]: [] }));
    expect(result({ emailaddress: ['z@x.example'] }, 'user', {})).to.deep.equal({});
  });

  it('contain the verified ones', async () => {
    expect(await refusal({ verifiedEmailAddresses: ['a@x.example', 'z@x.example'] })).to.equal('SUO-60024');
    expect(await refusal({ verifiedEmailAddresses: ['b@x.example'] })).to.equal('UEV-10006');
    const had = { mobile: ['1'], mobileNumbers: ['1', '2'] };
    expect(await refusal({ verifiedMobileNumbers: ['2'] }, 'administrator', had)).to.equal('UMV-10005');
    expect(result({ verifiedMobileNumbers: ['1'] }, 'administrator', had)).to.deep.equal({});
  });

  it('take with them what goes with them', () => {
    expect(result({ emailAddresses: ['b@x.example', 'c@x.example'] }, 'user')).to.deep.equal(
      uris({ emailaddress: [], verifiedEmailAddresses: ['b@x.example'], [EMAIL_VERIFIED]: [] }),
    );
    expect(result({ emailAddresses: [] })).to.deep.equal(
      uris({ emailaddress: [], verifiedEmailAddresses: [], [EMAIL_VERIFIED]: [] }),
    );
  });

  it('give the first verified one the place of a primary one that there is not', () => {
    const had = { emailAddresses: ['a@x.example', 'b@x.example'] };
    expect(result({ verifiedEmailAddresses: ['b@x.example'] }, 'administrator', had)).to.deep.equal(
      uris({ emailaddress: ['b@x.example'], [EMAIL_VERIFIED]: ['true'] }),
    );
  });

  it('are not verified by the user’s own word', async () => {
    const more = (...fresh: string[]) => ({
      emailAddresses: [...(before['emailAddresses'] ?? []), ...fresh],
      verifiedEmailAddresses: [...(before['verifiedEmailAddresses'] ?? []), ...fresh],
    });
    expect(await refusal(more('d@x.example'), 'user')).to.equal('UEV-10002');
    expect(await refusal(more('d@x.example', 'e@x.example'), 'user')).to.equal('UEV-10003');
    const had = { mobile: ['1'], mobileNumbers: ['1', '2', '3'], verifiedMobileNumbers: ['1'] };
    expect(await refusal({ verifiedMobileNumbers: ['1', '2'] }, 'user', had)).to.equal('UMV-10001');
    expect(await refusal({ verifiedMobileNumbers: ['1', '2', '3'] }, 'user', had)).to.equal('UMV-10002');
    expect(result({ verifiedEmailAddresses: ['a@x.example'] }, 'user'), 'fewer are no matter').to.deep.equal({});
  });

  it('are only where the operator and the organization want them', async () => {
    const asked = { before: {}, changes: uris({ emailAddresses: ['a@x.example'] }), by: 'administrator' } as const;
    for (const [severalAllowed, dialects] of [
      [true, shipped],
      [false, displayed],
    ] as const)
      expect(await failureOf(async () => addressesAfter({ ...asked, severalAllowed }, dialects))).to.include({
        code: 'UEV-10004',
        status: 400,
      });
    expect(addressesAfter({ ...asked, severalAllowed: true }, displayed)).to.deep.equal({});
  });
});
