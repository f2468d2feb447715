import { expect } from 'chai';
import { titlesOfTests } from './support/test-titles.js';

/**
 * How many behaviours the contract numbers, by tag: of OAuth and OpenID Connect, of grants and configuration, of users
 * and SCIM, of accounts.
 */
const numbered = { O: 36, G: 31, U: 33, A: 31 } as const;

/** Behaviours that cannot be shown yet, and why. */
const waiting: Readonly<Record<string, string>> = {
  U27: 'users are provisioned to other systems by a room of its own, which is still to come',
  U28: 'agents come with their own release',
  U29: 'agents come with their own release',
  ...Object.fromEntries(
    [1, 2, 5, 6, 7, 8, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 26, 27, 28].map((number) => [
      `A${number}`,
      'registration, invitation, verification and recovery are flows, which come with their own release',
    ]),
  ),
  A31: 'identity is verified by other services with the flows',
  G26: 'the issuer of another organization is chosen by applications of organizations below a tenant, which come with their own release',
  G30: 'tokens of other servers are shared after a sign-in there, and federated sign-in is still to come',
};

const all = Object.entries(numbered).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
);

describe('behaviours of the contract', () => {
  const titles = [...titlesOfTests()].flatMap(([file, some]) => some.map((title) => ({ file, title })));
  const tagOf = (title: string) => /^\[([OGUA]\d+)\] /.exec(title)?.[1];
  const shown = new Set(titles.flatMap(({ title }) => tagOf(title) ?? []));

  it('are 131 in all', () => {
    expect(all).to.have.length(131);
  });

  it('are each shown by a test whose title begins with its tag', () => {
    const missing = all.filter((tag) => !shown.has(tag) && !(tag in waiting));
    expect(missing, 'behaviours without a test').to.deep.equal([]);
  });

  it('wait no longer than they have to: what a test shows is not on the list of those that cannot be shown', () => {
    expect(Object.keys(waiting).filter((tag) => shown.has(tag) || !all.includes(tag))).to.deep.equal([]);
    expect(Object.keys(waiting).length).to.be.at.most(25);
  });

  it('have tags of the one form that there is', () => {
    const strange = titles.filter(({ file, title }) => {
      const isOld = file.startsWith('tests/core/oauth/') && /^\d+( \(grants\))?\. /.test(title);
      const tag = tagOf(title);
      return isOld || (tag !== undefined && !all.includes(tag));
    });
    expect(strange).to.deep.equal([]);
  });
});
