import { expect } from 'chai';
import { whenThere } from '#core/kernel';
import { failureOf } from '../../support/failures.js';

describe('a value that is there soon', () => {
  it('is handed on at once when it is at hand', () => {
    expect(whenThere(20, (value) => value + 1)).to.equal(21);
  });

  it('is waited for when it is not, and so is what is made of it', async () => {
    const made = whenThere(Promise.resolve(20), async (value) => value + 1);
    expect(made).to.be.instanceOf(Promise);
    expect(await made).to.equal(21);
  });

  it('lets a failure through', async () => {
    const failure = await failureOf(async () => whenThere(Promise.reject(new Error('no value')), () => 'never'));
    expect(failure.message).to.equal('no value');
  });
});
