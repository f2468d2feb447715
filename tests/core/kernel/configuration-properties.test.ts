import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { BootError, Container, Kernel, parseConfiguration } from '#core/kernel';
import { validateConfiguration } from '../../../core/kernel/configuration/load.js';
import { bootKernel, fixtureTree } from '../../support/kernels.js';

const sources = {
  env: { SHOP_SECRET: 'hunter2' },
  sys: {},
  decrypt: () => {
    throw new Error('no key');
  },
};

/** Everything may go wrong, but only with an error that tells the operator what to change. */
function onlyBootErrors(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
  }
}

const words = [
  'shop',
  'seats',
  'payments',
  'card',
  'enable',
  '__proto__',
  'constructor',
  'plugins',
  'secrets',
  'a.b',
  '',
  '"',
  'toString',
  'staff',
  'address',
  'postCode',
  'timeout',
  'länge 🦀',
];
const texts = [
  '$env{SHOP_SECRET}',
  '$env{}',
  '$ref{shop}',
  '$ref{}',
  '$ref{shop.staff.0}',
  '$secret{x}',
  '$ref{__proto__}',
  '$sys{a',
  'true',
  '5m',
  '\u0000',
  '🦀',
];

const key = fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 6 }));
const { tree } = fc.letrec((tie) => ({
  tree: fc.dictionary(key, tie('value'), { maxKeys: 6, noNullPrototype: true }),
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...texts),
    fc.string({ maxLength: 8 }),
    fc.integer(),
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.boolean(),
    fc.array(fc.integer(), { maxLength: 3 }),
    fc.array(fc.constantFrom(...texts), { maxLength: 3 }),
    tie('tree'),
    fc.array(tie('tree'), { maxLength: 3 }),
  ),
}));

describe('any configuration at all', () => {
  const claims: { list: Parameters<typeof validateConfiguration>[1] } = { list: [] };
  before(async () => {
    const kernel = await bootKernel({ root: fixtureTree });
    expect(kernel.container).to.be.instanceOf(Container);
    const { discover } = await import('#core/kernel');
    claims.list = Kernel.claims(await discover({ root: fixtureTree, base: fixtureTree, folders: [], packages: [] }));
  });

  const validate = (text: string) =>
    onlyBootErrors(() => validateConfiguration(parseConfiguration('deployment.toml', text, sources), claims.list));

  it('is refused with an explanation when it is no TOML', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), validate), { numRuns: 300 });
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 100 }), validate), { numRuns: 300 });
  });

  it('is refused with an explanation when it is TOML of any shape', () => {
    fc.assert(
      fc.property(tree, (value) => validate(stringify(value))),
      { numRuns: 300 },
    );
  });

  it('is refused when references grow without end', () => {
    const levels = Array.from(
      { length: 40 },
      (_, level) => `k${level} = "$ref{shop.k${level + 1}}$ref{shop.k${level + 1}}"`,
    );
    const text = `[shop]\n${levels.join('\n')}\nk40 = "x"`;
    expect(() => validateConfiguration(parseConfiguration('d', text, sources), claims.list)).to.throw(
      /more than 1000 references/,
    );
  });

  it('never changes the prototype of objects', () => {
    fc.assert(
      fc.property(tree, (value) => {
        validate(stringify({ shop: value, ['__proto__']: value }));
        expect(Object.keys(Object.prototype)).to.deep.equal([]);
      }),
      { numRuns: 100 },
    );
  });
});
