import { expect } from 'chai';
import type { Filter } from '../../../core/scim/filter/filter.js';
import { parseFilter, parsePatchPath } from '../../../core/scim/filter/filter-parser.js';
import { ScimError } from '../../../core/scim/protocol/scim-error.js';

/** A filter in a short form: `(a eq "1" and (b pr or not c lt 2))`. */
function short(filter: Filter): string {
  switch (filter.op) {
    case 'compare':
      return `${filter.path.text} ${filter.comparison}${filter.comparison === 'pr' ? '' : ` ${JSON.stringify(filter.value)}`}`;
    case 'not':
      return `not ${short(filter.filter)}`;
    case 'values':
      return `${filter.path.text}[${short(filter.filter)}]`;
    default:
      return `(${filter.filters.map(short).join(` ${filter.op} `)})`;
  }
}

const errorOf = (read: () => unknown): ScimError => {
  try {
    read();
  } catch (error) {
    expect(error).to.be.instanceOf(ScimError);
    return error as ScimError;
  }
  throw new Error('it was read');
};

describe('SCIM filters', () => {
  const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';

  it('are read with the precedence of the RFC', () => {
    for (const [text, expected] of [
      ['userName eq "kim"', 'userName eq "kim"'],
      ['userName EQ "kim"', 'userName eq "kim"'],
      ['a eq 1 or b eq 2 and c eq 3', '(a eq 1 or (b eq 2 and c eq 3))'],
      ['(a eq 1 or b eq 2) and c eq 3', '((a eq 1 or b eq 2) and c eq 3)'],
      ['not (a eq 1) and b pr', '(not a eq 1 and b pr)'],
      ['not(a eq 1 or b eq 2)', 'not (a eq 1 or b eq 2)'],
      ['a pr AND NOT (b pr) Or c pr', '((a pr and not b pr) or c pr)'],
      ['((((a pr))))', 'a pr'],
      ['not pr and and eq or', '(not pr and and eq "or")'],
    ] as const)
      expect(short(parseFilter(text)), text).to.equal(expected);
  });

  it('know every kind of value', () => {
    for (const [text, value] of [
      ['a eq "x"', 'x'],
      ['a eq "say \\"hi\\" \\\\ \\u00e9"', 'say "hi" \\ é'],
      ['a eq "(b) and [c]"', '(b) and [c]'],
      ['a eq ""', ''],
      ['a eq true', true],
      ['a eq False', false],
      ['a eq null', null],
      ['a eq 12', 12],
      ['a eq -1.5', -1.5],
      ['a eq 2011-05-13T04:42:34Z', '2011-05-13T04:42:34Z'],
      ['a eq kim', 'kim'],
      ['a eq ACME/kim@x.com', 'ACME/kim@x.com'],
      ['a eq 日本', '日本'],
      ['a eq 99999999999999999999', '99999999999999999999'],
      ['a eq and', 'and'],
    ] as const) {
      const filter = parseFilter(text);
      expect(filter.op === 'compare' && filter.value, text).to.equal(value);
    }
  });

  it('know every operator', () => {
    for (const operator of ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'])
      expect(short(parseFilter(`a ${operator} "b"`))).to.equal(`a ${operator} "b"`);
    expect(short(parseFilter('a pr'))).to.equal('a pr');
  });

  it('select values of multi-valued attributes', () => {
    for (const [text, expected] of [
      ['emails[type eq "work" and value co "@x"]', 'emails[(type eq "work" and value co "@x")]'],
      ['emails[type eq work] or a pr', '(emails[type eq "work"] or a pr)'],
      ['emails[not (type eq "work")]', 'emails[not type eq "work"]'],
      ['emails[type eq "work"].value co "@x"', 'emails[(type eq "work" and value co "@x")]'],
      [`${USER}:emails[type eq "work"]`, `${USER}:emails[type eq "work"]`],
    ] as const)
      expect(short(parseFilter(text)), text).to.equal(expected);
  });

  it('name attributes by path and by URI', () => {
    const pathOf = (text: string) => {
      const filter = parseFilter(`${text} pr`);
      if (filter.op !== 'compare') throw new Error('no comparison');
      const { urn, name, sub } = filter.path;
      return [urn, name, sub];
    };
    expect(pathOf('name.givenName')).to.deep.equal([undefined, 'name', 'givenName']);
    expect(pathOf(`${USER}:userName`)).to.deep.equal([USER, 'userName', undefined]);
    expect(pathOf(`${USER}:name.givenName`)).to.deep.equal([USER, 'name', 'givenName']);
    expect(pathOf('urn:scim:wso2:schema:accountLocked')).to.deep.equal([
      'urn:scim:wso2:schema',
      'accountLocked',
      undefined,
    ]);
    expect(pathOf('members.$ref')).to.deep.equal([undefined, 'members', '$ref']);
  });

  it('are refused when they cannot be read, with what is wrong', () => {
    for (const text of [
      '',
      '   ',
      'a',
      'a eq',
      'a eq "b',
      'a eq "\\x"',
      'a is "b"',
      'a eq "b" c',
      'a eq "b" and',
      'and a eq "b"',
      '(a eq "b"',
      'a eq "b")',
      'emails[type eq "work"',
      'emails[]',
      'emails[type eq "a"][type eq "b"]',
      'emails[a[b pr]]',
      'emails.value[type pr]',
      'not a eq "b"',
      '__proto__ pr',
      'a.b.c pr',
      '"a" eq "b"',
      'a eq ]',
      'emails[type pr].a.b pr',
    ]) {
      const { status, scimType, message } = errorOf(() => parseFilter(text));
      expect([status, scimType], text).to.deep.equal([400, 'invalidFilter']);
      expect(message, text).to.be.a('string').with.length.above(10);
    }
  });

  it('are refused when they are too long, too deep or have too many comparisons', () => {
    const many = (count: number) => Array.from({ length: count }, () => 'a pr').join(' or ');
    expect(short(parseFilter(many(100)))).to.contain('a pr or a pr');
    for (const [text, why] of [
      [many(101), 'comparisons'],
      [`a eq "${'x'.repeat(4096)}"`, 'longer'],
      [`${'('.repeat(33)}a pr${')'.repeat(33)}`, 'deep'],
      [`${'not ('.repeat(500)}a pr${')'.repeat(500)}`, 'deep'],
      ['('.repeat(4000), 'deep'],
      ['['.repeat(4000), 'unexpected'],
    ] as const)
      expect(errorOf(() => parseFilter(text)).message, text.slice(0, 20)).to.contain(why);
  });
});

describe('paths of PATCH', () => {
  it('name an attribute, a sub-attribute, or selected values', () => {
    const read = (text: string) => {
      const { path, filter } = parsePatchPath(text);
      return [path.urn, path.name, path.sub, filter && short(filter)];
    };
    const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
    expect(read('userName')).to.deep.equal([undefined, 'userName', undefined, undefined]);
    expect(read('name.givenName')).to.deep.equal([undefined, 'name', 'givenName', undefined]);
    expect(read('emails[type eq "work"]')).to.deep.equal([undefined, 'emails', undefined, 'type eq "work"']);
    expect(read('addresses[type eq "home"].locality')).to.deep.equal([
      undefined,
      'addresses',
      'locality',
      'type eq "home"',
    ]);
    expect(read(`${USER}:emails[type eq work].value`)).to.deep.equal([USER, 'emails', 'value', 'type eq "work"']);
  });

  it('are refused when they cannot be read', () => {
    for (const text of [
      'a b',
      'a[b pr] .c',
      'a[b pr].c.d',
      '__proto__',
      'a.__proto__',
      'a eq "b"',
      '[a pr]',
      '.',
      'a.',
    ])
      expect(errorOf(() => parsePatchPath(text)).scimType, text).to.equal('invalidPath');
  });
});
