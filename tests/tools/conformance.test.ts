import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from './support/fixture.js';

describe('the page about conformance', () => {
  const page = readFileSync(join(root, 'docs/conformance.md'), 'utf8');
  const rows = page.split('\n').filter((line) => /^\| `/.test(line));

  it('names tests that are there', () => {
    const named = [...page.matchAll(/`([^`\s]+)` “([^”]+)”/g)];
    expect(named.length).to.be.greaterThan(100);
    const missing = named.filter(([, file = '', title = '']) => {
      const path = join(root, 'tests', `${file}.test.ts`);
      return !existsSync(path) || !readFileSync(path, 'utf8').includes(title);
    });
    expect(missing.map(([text]) => text)).to.deep.equal([]);
  });

  it('says of each module what covers it, or that nothing does', () => {
    const plans = rows.filter((row) => !/\.test\.ts`/.test(row));
    expect(plans.length).to.be.greaterThan(80);
    expect(plans.filter((row) => !/“[^”]+”|\*\*not covered\*\*/.test(row))).to.deep.equal([]);
  });
});
