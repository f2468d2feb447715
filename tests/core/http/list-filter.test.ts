import { expect } from 'chai';
import fc from 'fast-check';
import { ApiError, type FilterCondition, parseFilter } from '#core/http';

const attributes = ['name', 'clientId'];
const invalid = (description: string) => new ApiError('TEST-1', 400, 'Invalid filter.', description);

describe('the filter of a list', () => {
  it('gives what it reads back, and refuses everything else in the words of the API', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          const filter = parseFilter(text, attributes, invalid);
          expect(filter.every((alternative) => alternative.length > 0)).to.equal(true);
        } catch (error) {
          expect(error).to.be.instanceOf(ApiError).with.property('code', 'TEST-1');
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
        expect(parseFilter(text, attributes, invalid)).to.deep.equal(alternatives);
      }),
    );
  });

  it('knows attributes by their beginning where the list says so', () => {
    const read = (text: string) => parseFilter(text, ['properties.*'], invalid);
    const expected: FilterCondition[][] = [[{ attribute: 'properties.region', operator: 'eq', value: 'EU' }]];
    expect(read('properties.region eq EU')).to.deep.equal(expected);
    for (const other of ['properties. eq EU', 'properties eq EU', 'property.region eq EU'])
      expect(() => read(other)).to.throw(ApiError);
  });

  it('takes no longer for an ugly text', () => {
    const begun = performance.now();
    for (const piece of [' ', '"', '\\"', 'and ', '" and "', 'or ""'])
      expect(() => parseFilter(piece.repeat(2000 / piece.length), attributes, invalid)).to.throw(ApiError);
    expect(performance.now() - begun).to.be.below(1000);
  });
});
