import { expect } from 'chai';
import { ClaimDialects, claimUri } from '#core/users';
import { type MappedAttributes, MappedCatalog } from '../../../../core/users/stores/store-attribute-mappings.js';

describe('attributes that user stores have for claims', () => {
  const shipped = ClaimDialects.load('config');
  const MOBILE = claimUri('mobile');
  const changed = shipped.withLocals(
    shipped.locals.map((claim) => (claim.claimURI === MOBILE ? { ...claim, attributes: { ACME: 'cell' } } : claim)),
  );
  const mapped: MappedAttributes = new Map([
    [
      'ACME',
      new Map([
        [MOBILE, 'gsm'],
        [claimUri('title'), 'job'],
      ]),
    ],
  ]);
  const place = async (dialects: ClaimDialects, name: string, attributes = mapped) =>
    (await new MappedCatalog({ of: () => dialects }, { of: () => attributes }).of('o')).placeOf(claimUri(name), 'ACME')
      ?.name;

  it('are those that the store says, unless the claim says another', async () => {
    expect(await place(shipped, 'mobile')).to.equal('gsm');
    expect(await place(shipped, 'title')).to.equal('job');
    expect(await place(changed, 'mobile')).to.equal('cell');
    expect(await place(changed, 'title')).to.equal('job');
    expect(await place(changed, 'nickname')).to.equal('nickName');
    expect(await place(shipped, 'mobile', new Map())).to.equal('mobile');
  });

  it('are put together once for the same claims and stores, and keep the dialects', async () => {
    let claims = shipped;
    const catalog = new MappedCatalog({ of: () => claims }, { of: () => mapped });
    const first = await catalog.of('o');
    expect(await catalog.of('o')).to.equal(first);
    expect(first.dialects).to.deep.equal(shipped.dialects);
    claims = changed;
    expect(await catalog.of('o')).to.not.equal(first);
  });
});
