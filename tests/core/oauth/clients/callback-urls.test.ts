import { expect } from 'chai';
import fc from 'fast-check';
import { isRegistered } from '../../../../core/oauth/authorize/redirect-uri.js';
import { callbackProblem } from '../../../../core/oauth/clients/callback-urls.js';

describe('callback URLs', () => {
  const good = [
    'https://app.example.com/cb',
    'https://app.example.com:8443/cb?a=b&c=d',
    'http://localhost:3000/cb',
    'http://127.0.0.1/cb',
    'http://[::1]:8080/cb',
    'com.example.app:/oauth2redirect',
    'myapp://callback',
    'regexp=https://app.example.com/cb',
    'regexp=(https://app.example.com/cb|https://other.example.com/cb?x=1)',
    'regexp=(https://app\\.example\\.com/cb|myapp://cb)',
  ];
  for (const callback of good) {
    it(`may be ${callback}`, () => {
      expect(callbackProblem(callback)).to.equal(undefined);
    });
  }

  const bad = [
    '',
    'app.example.com/cb',
    '/cb',
    'https://app.example.com/cb#fragment',
    'https://app.example.com/#',
    'https://app.example.com/ cb',
    'https://app.example.com/ü',
    'https://*.example.com/cb',
    'https://user:pass@app.example.com/cb',
    'http://app.example.com/cb',
    'http://localhost.example.com/cb',
    'http://127.0.0.2/cb',
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://app.example.com/x',
    `https://app.example.com/${'a'.repeat(2100)}`,
    'regexp=',
    'regexp=()',
    'regexp=.*',
    'regexp=https://.*/cb',
    'regexp=https://app.example.com/.',
    'regexp=https://app.example.com/[a-z]',
    'regexp=https://app.example.com/(a|b)',
    'regexp=https://app.example.com/\\w',
    'regexp=https://app.example.com/a+',
    'regexp=https://app.example.com/a{2}',
    'regexp=(https://app.example.com/cb|javascript:alert(1))',
    'regexp=(https://app.example.com/cb|)',
    'regexp=(https://app.example.com/cb#x|https://b.example.com/cb)',
    'regexp=(http://app.example.com/cb|https://b.example.com/cb)',
  ];
  for (const callback of bad) {
    it(`may not be ${callback.slice(0, 80)}`, () => {
      expect(callbackProblem(callback)).to.be.a('string').that.is.not.empty;
    });
  }

  const rules = { callback: { enforce_literal_characters: true } };
  it('that are accepted let through what they say and nothing else', () => {
    const part = fc.string({ unit: fc.constantFrom(...'ab1.-_/?=&|()\\*+[]{}^$#%'), maxLength: 12 });
    fc.assert(
      fc.property(part, part, fc.boolean(), (first, second, asPattern) => {
        const uris = [`https://app.example.com/${first}`, `https://b.example.com/${second}`];
        const callback = asPattern ? `regexp=(${uris.join('|')})` : (uris[0] as string);
        if (callbackProblem(callback) !== undefined) return;
        for (const stranger of [
          'https://evil.example/',
          'https://app.example.com.evil.example/',
          'https://appxexample.com/',
        ])
          expect(isRegistered([callback], stranger + first, rules)).to.equal(false);
        expect(isRegistered([callback], `${uris[0] as string}zz`, rules)).to.equal(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('a dot before a letter is any character when the operator does not want it to be literal', () => {
    const pattern = ['regexp=(https://app.example/cb|https://app.example/other)'];
    const matches = (uri: string, enforce_literal_characters: boolean) =>
      isRegistered(pattern, uri, { callback: { enforce_literal_characters } });
    for (const literal of [true, false]) expect(matches('https://app.example/cb', literal)).to.equal(true);
    expect(matches('https://app-example/cb', true)).to.equal(false);
    expect(matches('https://app-example/cb', false)).to.equal(true);
    expect(matches('https://app-example/cb/more', false)).to.equal(false);
  });
});
