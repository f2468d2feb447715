import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

const folder = new URL('../../../../plugins/portals/login/locales/', import.meta.url);
const read = (name: string) =>
  JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Record<string, Record<string, string>>;

/** `group.key` with the values that the text wants. */
const shapeOf = (locale: Record<string, Record<string, string>>) =>
  Object.entries(locale)
    .filter(([group]) => group !== 'direction')
    .flatMap(([group, texts]) =>
      Object.entries(texts).map(([key, text]) => `${group}.${key} ${(text.match(/\{\{\w+\}\}/g) ?? []).sort().join()}`),
    )
    .sort();

describe('login portal: locales', () => {
  for (const name of readdirSync(folder).filter((file) => file !== 'en.json'))
    it(`${name} has the keys and values of en.json`, () => {
      expect(shapeOf(read(name))).to.deep.equal(shapeOf(read('en.json')));
    });

  it('has every text that a template or a page asks for', () => {
    const known = read('en.json')['ui'] ?? {};
    const views = new URL('../views/', folder);
    const texts = readdirSync(views).map((file) => readFileSync(new URL(file, views), 'utf8'));
    const asked = texts.flatMap((text) => [...text.matchAll(/\bt\('([\w.]+)'/g)].map(([, key]) => key as string));
    expect(asked).to.have.length.above(20);
    expect(asked.filter((key) => !(key in known))).to.deep.equal([]);
  });
});
