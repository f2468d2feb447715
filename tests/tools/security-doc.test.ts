import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from './support/fixture.js';
import { titlesOfTests } from './support/test-titles.js';

const NAMED = /^`([\w./-]+)` › (.+)$/;
/** What the document has to speak of. */
const SOURCES = [
  'RFC 9700',
  'RFC 6819',
  'RFC 8725',
  'OpenID Connect Core §16',
  'RFC 9449 §11',
  'RFC 8628 §5',
  'CIBA',
  'RFC 9126',
  'RFC 9101',
  'RFC 9207',
  'RFC 8707',
  'RFC 8693',
  'FAPI 2.0',
];

const lines = readFileSync(join(root, 'docs', 'security.md'), 'utf8').split('\n');
/** The rows of its tables, without their heads. */
const rows = lines
  .filter((line) => line.startsWith('| ') && !line.startsWith('| attack or recommendation |'))
  .map((line) => line.slice(2, -2).split(/(?<!\\) \| /));

describe('docs/security.md', () => {
  it('has a defence and a test for each attack, or says whom it is for', () => {
    expect(rows.length).to.be.greaterThan(100);
    for (const row of rows) {
      expect(row, row.join(' | ')).to.have.length(3);
      const [attack = '', defence = '', tests = ''] = row;
      expect(
        [attack, defence].map((text) => text.trim()),
        row.join(' | '),
      ).not.to.include('');
      if (tests.startsWith('— ')) continue;
      for (const one of tests.split('<br>')) expect(one).to.match(NAMED);
    }
  });

  it('names only tests that are there, by file and title', () => {
    const titles = titlesOfTests();
    const missing = rows
      .flatMap(([, , tests = '']) => (tests.startsWith('— ') ? [] : tests.split('<br>')))
      .filter((one) => {
        const [, file, title = ''] = NAMED.exec(one) ?? [];
        return !titles.get(`tests/${file}.test.ts`)?.includes(title.replaceAll('\\|', '|'));
      });
    expect(missing, 'the document names tests that are not there').to.deep.equal([]);
  });

  it('speaks of every source', () => {
    const heads = lines.filter((line) => line.startsWith('## ')).join('\n');
    expect(SOURCES.filter((source) => !heads.includes(source))).to.deep.equal([]);
  });
});
