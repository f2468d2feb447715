import { expect } from 'chai';
import { PatternMatcher, patternProblem } from '../../../../core/users/claims/safe-pattern.js';

describe('patterns of claims', () => {
  const matcher = new PatternMatcher();

  it('may be what is usual', () => {
    const usual = ['^[a-z]+$', '\\d{3}-\\d{4}', '^(\\+?\\d+)?$', '[(+*)]+', '(a|b)*c', '\\(a+\\)+', '^\\p{L}+$', '\\-'];
    for (const pattern of usual) expect(patternProblem(pattern), pattern).to.equal(undefined);
  });

  it('may not repeat a repetition, refer back, be long or be none', () => {
    for (const pattern of ['(a+)+', '(a*)*b', '((a{2,})x)*', '(?:a+|b)+', '(x(a+)){1,}'])
      expect(patternProblem(pattern), pattern).to.match(/repetition/);
    expect(patternProblem('(a)\\1')).to.match(/back/);
    expect(patternProblem('(?<x>a)\\k<x>')).to.match(/back/);
    expect(patternProblem('a'.repeat(1001))).to.match(/1000/);
    for (const pattern of ['(', '[a', '*']) expect(patternProblem(pattern), pattern).to.match(/no regular/);
  });

  it('fit whole texts only', () => {
    expect(matcher.fits('[a-z]+', 'abc')).to.equal(true);
    expect(matcher.fits('[a-z]+', 'abc1')).to.equal(false);
    expect(matcher.fits('a|b', 'ab')).to.equal(false);
    expect(matcher.fits('.', '😀')).to.equal(true);
    expect(matcher.fits('a*', 'a'.repeat(1001))).to.equal(false);
  });

  it('that take too long fit nothing, and end', () => {
    expect(patternProblem('(a|aa)+'), 'not seen by the check').to.equal(undefined);
    expect(matcher.fits('(a|aa)+', 'a'.repeat(60))).to.equal(true);
    expect(matcher.fits('(a|aa)+', `${'a'.repeat(60)}b`)).to.equal(false);
    expect(matcher.fits('[a-z]+', 'abc'), 'the next one is not harmed').to.equal(true);
  });
});
