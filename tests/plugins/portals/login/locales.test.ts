import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from '../../../tools/support/fixture.js';

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

  it('has words for the scopes that ship, and for the claims that they give', () => {
    const data = (path: string): unknown => JSON.parse(readFileSync(join(root, 'config', path), 'utf8'));
    const scopes = data('oidc/scopes.json') as { displayName: string; description: string; claims: string[] }[];
    const { claims } = data('claims/external/oidc.json') as {
      claims: { claimURI: string; mappedLocalClaimURI: string }[];
    };
    const local = data('claims/local.json') as { claimURI: string; displayName: string }[];
    const given = new Set(scopes.flatMap((scope) => scope.claims));
    const uris = claims.filter(({ claimURI }) => given.has(claimURI)).map((one) => one.mappedLocalClaimURI);
    const shown = local.filter(({ claimURI }) => uris.includes(claimURI)).map(({ displayName }) => displayName);
    expect(shown).to.have.length.above(20);
    const asked = [...shown, ...scopes.flatMap(({ displayName, description }) => [displayName, description])];
    for (const name of readdirSync(folder)) {
      const known = read(name)['names'] ?? {};
      expect(
        asked.filter((text) => !(text in known)),
        name,
      ).to.deep.equal([]);
    }
  });
});
