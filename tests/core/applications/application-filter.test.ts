import { expect } from 'chai';
import fc from 'fast-check';
import { ApiError } from '#core/http';
import { parseFilter } from '../../../core/applications/application-filter.js';

const attributes = ['name', 'clientId'];

describe('the filter of a list', () => {
  it('gives what it reads back, and refuses everything else in the words of the API', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          const filter = parseFilter(text, attributes);
          expect(filter.every((alternative) => alternative.length > 0)).to.equal(true);
        } catch (error) {
          expect(error).to.be.instanceOf(ApiError).with.property('code', 'APP-60004');
        }
      }),
    );
  });

  it('reads every quoted value as it was meant', () => {
    const value = fc.string().filter((text) => !/\p{Cc}/u.test(text));
    const condition = fc.record({
      attribute: fc.constantFrom(...attributes),
      operator: fc.constantFrom('eq' as const, 'co' as const, 'sw' as const, 'ew' as const),
      value,
    });
    const filter = fc.array(fc.array(condition, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(filter, (alternatives) => {
        const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
        const text = alternatives
          .map((all) => all.map((one) => `${one.attribute} ${one.operator} ${quoted(one.value)}`).join(' and '))
          .join(' or ');
        expect(parseFilter(text, attributes)).to.deep.equal(alternatives);
      }),
    );
  });

  it('takes no longer for an ugly text', () => {
    const begun = performance.now();
    for (const piece of [' ', '"', '\\"', 'and ', '" and "', 'or ""'])
      expect(() => parseFilter(piece.repeat(2000 / piece.length), attributes)).to.throw(ApiError);
    expect(performance.now() - begun).to.be.below(1000);
  });
});
