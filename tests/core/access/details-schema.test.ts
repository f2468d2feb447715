import { expect } from 'chai';
import { detailsValidator } from '#core/access';

/** A definition that refers to the next one twice, so often. */
function doubling(levels: number): Record<string, unknown> {
  const definitions = Array.from({ length: levels }, (_, at): [string, unknown] => [
    `d${at}`,
    { allOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] },
  ]);
  return { $ref: '#/$defs/d0', $defs: Object.fromEntries([...definitions, [`d${levels}`, { type: 'object' }]]) };
}

describe('schemas of authorization details', () => {
  it('tell good details from bad ones', () => {
    const check = detailsValidator({
      type: 'object',
      required: ['amount'],
      properties: { amount: { $ref: '#/$defs/amount' }, note: { type: 'string', pattern: '^[A-Z]{2,4}-\\d+$' } },
      $defs: { amount: { type: 'number', minimum: 0 } },
    });
    expect(check({ type: 'payment', amount: 1, note: 'AB-1' })).to.equal(undefined);
    expect(check({ type: 'payment', amount: -1 })).to.be.a('string');
    expect(check({ type: 'payment' })).to.be.a('string');
    expect(check({ type: 'payment', amount: 1, note: 'ab' })).to.be.a('string');
  });

  it('may refer to the same definition often, within limits', () => {
    expect(detailsValidator(doubling(4))({})).to.equal(undefined);
  });

  const refused: readonly [string, unknown][] = [
    ['no object', true],
    ['a list', []],
    ['another dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }],
    ['an unknown type', { type: 'money' }],
    ['a very long one', { description: 'x'.repeat(20_000) }],
    ['references that multiply', doubling(30)],
    ['a reference to itself', { $defs: { a: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }],
    [
      'recursion by way of a property',
      { $defs: { a: { properties: { b: { $ref: '#/$defs/a' } } } }, $ref: '#/$defs/a' },
    ],
    ['a reference to the whole', { properties: { child: { $ref: '#' } } }],
    ['a reference to another server', { $ref: 'https://evil.example/schema.json' }],
    ['a reference to nothing', { $ref: '#/$defs/none' }],
    ['a reference to what every object has', { $ref: '#/$defs/constructor', $defs: {} }],
    ['a name of its own', { $id: 'https://evil.example/', properties: {} }],
    ['a dynamic reference', { $dynamicRef: '#x' }],
    ['a pattern with repeated groups', { pattern: '^(a+)+$' }],
    ['a pattern with repeated alternatives', { pattern: '^(a|a)*$' }],
    ['a pattern with many repetitions', { pattern: '^a*a*a*a*b$' }],
    ['a pattern that looks around', { pattern: '(?=a)b' }],
    ['a pattern as name of a property', { patternProperties: { '(a*)*': {} } }],
    ['a pattern that is none', { pattern: '[' }],
  ];
  for (const [what, schema] of refused)
    it(`are refused: ${what}`, () => {
      expect(() => detailsValidator(schema))
        .to.throw()
        .with.property('name', 'DetailsSchemaError');
    });
});
