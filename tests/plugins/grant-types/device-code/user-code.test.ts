import { expect } from 'chai';
import { newUserCode, normalizedUserCode } from '../../../../plugins/grant-types/device-code/user-code.js';

describe('user codes', () => {
  it('are of the characters and the length that are set', () => {
    for (let index = 0; index < 50; index++) expect(newUserCode('bcdf2345', 9)).to.match(/^[bcdf2345]{9}$/);
  });

  it('use a letter that the set has in both cases only in that which comes first', () => {
    for (let index = 0; index < 50; index++) expect(newUserCode('BCDbcdXx79', 12)).to.match(/^[BCDX79]{12}$/);
  });

  it('differ from each other', () => {
    const codes = new Set(Array.from({ length: 200 }, () => newUserCode('BCDFGHJKLMNPQRSTVWXYZ23456789', 8)));
    expect(codes.size).to.equal(200);
  });

  it('can be typed with dashes, spaces, and in either case', () => {
    for (const typed of ['WDJBMJ', 'wdj-bmj', ' Wdj bmJ ', 'wdj–bmj', 'WDJ\u00a0BMJ']) {
      expect(normalizedUserCode(typed), typed).to.equal('WDJBMJ');
    }
  });

  it('are nothing but letters and digits', () => {
    for (const typed of ['', 'abc', 'ÄBCDEF', 'ab\0cdef', '../../..', 'x'.repeat(65), "' OR 1=1", 'a'.repeat(33)]) {
      expect(normalizedUserCode(typed), typed).to.equal(undefined);
    }
  });
});
