import { expect } from 'chai';
import { z } from 'zod';
import { DataFile, FileError, writeDataFile } from '#core/http';

const schema = z.strictObject({
  name: z.string(),
  count: z.int().optional(),
  ratio: z.number().optional(),
  isOn: z.boolean().optional(),
  tags: z.array(z.string()).default([]),
  nested: z.array(z.strictObject({ key: z.string(), value: z.union([z.string(), z.number().transform(String)]) })),
  flags: z.record(z.string(), z.strictObject({ on: z.boolean() })).optional(),
});
const TYPES = { json: 'application/json', yaml: 'application/yaml', xml: 'application/xml' } as const;
type Format = keyof typeof TYPES;
const formats = Object.keys(TYPES) as Format[];

const read = (text: string, format: Format) => DataFile.parse(text, format).read(schema);
const problem = (text: string, format: Format): string => {
  try {
    read(text, format);
  } catch (error) {
    if (error instanceof FileError) return error.message;
    throw error;
  }
  throw new Error(`it was read: ${text.slice(0, 100)}`);
};
const again = (text: string, times: number) => text.repeat(times);

describe('data in files', () => {
  it('is the same after it was written and read, in each format', () => {
    const data = {
      name: ' <é & "ü" ]]> \r\n\t\u{1f600}: # *x ',
      count: -42,
      ratio: 0.25,
      isOn: false,
      tags: [],
      nested: [
        { key: 'true', value: '1.0' },
        { key: '', value: 'a\nb\n' },
        { key: '~', value: '*x' },
        { key: '2026-01-31', value: '0x1' },
      ],
      flags: { console: { on: true } },
    };
    for (const format of formats) {
      const { text, type } = writeDataFile(data, TYPES[format], 'data');
      expect(type).to.equal(TYPES[format]);
      expect(read(text, format), text).to.deep.equal(data);
    }
    const { text } = writeDataFile({ ...data, tags: ['one'] }, 'text/xml', 'data');
    expect(read(text, 'xml').tags).to.deep.equal(['one']);
    expect(writeDataFile(data, undefined, 'data').type).to.equal('application/yaml');
    expect(writeDataFile(data, 'image/png, text/json;q=0.5', 'data').ending).to.equal('json');
    expect(() => writeDataFile(data, 'image/png', 'data')).to.throw(FileError, 'image/png');
    expect(() => writeDataFile({ name: 'a\u0001' }, TYPES.xml, 'data')).to.throw(FileError, 'Ask for JSON');
  });

  it('is read as people write it', () => {
    const yaml = '# mine\nname: &n "a"\nnested:\n- {key: k, value: 5}\n- key: *n\n  value: >\n    folded\n    text\n';
    expect(read(yaml, 'yaml')).to.deep.equal({
      name: 'a',
      tags: [],
      nested: [
        { key: 'k', value: '5' },
        { key: 'a', value: 'folded text\n' },
      ],
    });
    const xml =
      '\ufeff<?xml version="1.0"?><!-- mine --><any xmlns="urn:x"><name><![CDATA[<a>]]>&#233;</name>\n<count> 7 </count>' +
      '<nested><one><key/><value>x</value></one></nested></any>';
    expect(read(xml, 'xml')).to.deep.equal({ name: '<a>é', count: 7, tags: [], nested: [{ key: '', value: 'x' }] });
    expect(read('{\n\t"name": "a",\n\t"nested": []\n}', 'yaml').name).to.equal('a');
  });

  it('is refused with the place of what is wrong', () => {
    expect(problem('{"name": 5, "nested": []}', 'json')).to.match(/^name: .*string/);
    expect(problem('name: a\nnested:\n  - key: k\n    value: true\n', 'yaml')).to.match(
      /^nested\[0\]\.value, line 4, column 12: /,
    );
    expect(problem('name: a\nnested: [\n', 'yaml')).to.match(/^line \d+, column \d+: /);
    expect(problem('name: a\nname: b\nnested: []\n', 'yaml')).to.equal('line 2, column 1: there is a second name.');
    expect(problem('<d><name>a</name>\n<nested><x><key>k</key></x></nested></d>', 'xml')).to.match(
      /^nested\[0\]\.value, line 2, column 9: /,
    );
    expect(problem('<d><name>a</name><count>many</count><nested/></d>', 'xml')).to.match(/^count, line 1, column 18: /);
    expect(problem('<d>\n<name>a</d>', 'xml')).to.match(/^line 2, column \d+: /);
    expect(problem('<d><name>a</name><name>b</name></d>', 'xml')).to.contain('second name');
    expect(problem('<d>loose<name>a</name></d>', 'xml')).to.contain('text between');
    expect(problem('<d name="a"/>', 'xml')).to.contain('the attribute name');
    expect(problem('{', 'json')).to.contain('no JSON');
    for (const format of formats) expect(problem('', format)).to.be.a('string');
  });

  it('has nothing that grows, or reaches out', () => {
    const bomb = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><d><name>&b;</name></d>';
    expect(problem(bomb, 'xml')).to.contain('DOCTYPE');
    expect(problem('<!doctype d SYSTEM "file:///etc/passwd"><d/>', 'xml')).to.contain('DOCTYPE');
    expect(problem('<d><name>&unknown;</name></d>', 'xml')).to.contain('entity');
    expect(problem('<d><name>&#0;</name></d>', 'xml')).to.contain('none of XML');
    const levels = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${again(`*a${i}, `, 10)}]`);
    expect(problem(`a0: &a0 [x]\n${levels.join('\n')}\n`, 'yaml')).to.contain('aliases included');
    expect(problem('name: &a [*a]\n', 'yaml')).to.contain('levels');
    expect(problem('name: *nobody\n', 'yaml')).to.contain('nobody');
    for (const text of ['name: !!js/function x', 'name: !mine x', 'a: 1\n---\nb: 2', '? {a: 1}\n: x', '1: x'])
      expect(problem(text, 'yaml'), text).to.match(/^line \d+/);
    for (const format of formats) {
      const { text } = writeDataFile(
        JSON.parse('{"name":"a","nested":[],"__proto__":{"on":true}}') as object,
        TYPES[format],
        'd',
      );
      expect(problem(text, format)).to.contain('__proto__');
    }
    expect(({} as Record<string, unknown>)['on']).to.equal(undefined);
  });

  it('of hostile forms is refused', function () {
    this.timeout(60_000);
    const most = 524_000;
    for (const part of [
      '[',
      '{',
      '{a: ',
      '- ',
      '? ',
      ': ',
      'a: ',
      '&a ',
      '!a ',
      ']',
      "'",
      '"',
      '"\\q',
      '%',
      '- |\n',
      '- *a\n',
      'k:\n',
      '\t',
      '#\n',
      '---\n',
    ])
      expect(problem(again(part, Math.floor(most / part.length)), 'yaml'), part).to.be.a('string');
    expect(problem(`"${again('\\x', most / 2)}"`, 'yaml')).to.be.a('string');
    expect(problem(Array.from({ length: 900 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'), 'yaml')).to.be.a(
      'string',
    );
    for (const part of ['<a>', '<a', '</', '<!--', '<![CDATA[', '<?', '<!', '&amp;', '<a b="'])
      expect(problem(again(part, Math.floor(most / part.length)), 'xml'), part).to.be.a('string');
    expect(problem(again('<nested>', 20_000) + again('</nested>', 20_000), 'xml')).to.be.a('string');
    expect(problem(again('[', 200_000) + again(']', 200_000), 'json')).to.contain('levels');
    for (const format of formats) expect(problem(again(' ', 524_289), format)).to.contain('524288');
  });
});
