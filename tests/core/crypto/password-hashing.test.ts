import { expect } from 'chai';
import { PASSWORD_HASH_METHODS, PasswordHashing } from '#core/crypto';
import { UnavailableError } from '#core/kernel';
import { WorkQueue } from '../../../core/crypto/work-queue.js';

const cheap = { argon2_memory: 8192, argon2_iterations: 1, pbkdf2_iterations: 10_000 };
const hashing = (costs = cheap, concurrency = 2, limit = 100) =>
  new PasswordHashing(costs, new WorkQueue(concurrency, limit));

/** Made by other programs: argon2 reference implementation, Python hashlib. */
const foreign = {
  'argon2id (RFC 9106 reference program)':
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
  'PBKDF2 with SHA-1 (RFC 6070)': '$pbkdf2-sha1$i=4096,l=20$c2FsdA$SwB5AbdlSJq+rUnZJvch0GWkKcE',
  'PBKDF2 with SHA-256': '$pbkdf2-sha256$i=4096,l=32$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o',
};

describe('password hashing', () => {
  for (const method of PASSWORD_HASH_METHODS) {
    it(`${method}: accepts the password and nothing else, salts, and says how it was made`, async () => {
      const subject = hashing();
      for (const password of ['correct horse', 'Grüße 🦀', ' ', 'x'.repeat(128)]) {
        const stored = await subject.hash(method, password);
        expect(await subject.verify(stored, password)).to.equal(true);
        expect(await subject.verify(stored, `${password} `)).to.equal(false);
        expect(await subject.verify(stored, '')).to.equal(false);
        expect(await subject.hash(method, password)).not.to.equal(stored);
        expect(stored)
          .to.match(/^\$[a-z0-9-]+\$/)
          .and.not.to.contain(password === ' ' ? '\n' : password);
        expect(stored.length).to.be.lessThan(512);
      }
    });
  }

  for (const [name, stored] of Object.entries(foreign)) {
    it(`knows a hash that another program made: ${name}`, async () => {
      expect(await hashing().verify(stored, 'password')).to.equal(true);
      expect(await hashing().verify(stored, 'Password')).to.equal(false);
    });
  }

  it('takes no string that is not a hash for one', async () => {
    for (const stored of [
      '',
      'password',
      '$',
      '$sha256$',
      '$sha256$salt$',
      '$pbkdf2-sha256$i=1,l=0$c2FsdA$AA',
      '$unknown$x$y',
    ]) {
      expect(
        await hashing()
          .verify(stored, 'password')
          .catch(() => false),
        stored,
      ).to.equal(false);
      expect(
        await hashing()
          .verify(stored, '')
          .catch(() => false),
        stored,
      ).to.equal(false);
    }
    expect(
      await hashing()
        .verify('$argon2id$broken', 'password')
        .catch(() => false),
    ).to.equal(false);
  });

  it('does no more work for what is stored than somebody would choose, unless the settings have chosen it', async () => {
    const dear = { ...cheap, argon2_iterations: 21 };
    const stored = await hashing(dear).hash('argon2id', 'password');
    expect(await hashing(dear).verify(stored, 'password')).to.equal(true);
    expect(await hashing().verify(stored, 'password')).to.equal(false);
    for (const endless of [
      stored.replace(/m=\d+/, 'm=4000000000'),
      stored.replace('t=21', 't=999999999'),
      stored.replace(/(m=\d+),(t=\d+)/, '$2,$1'),
      '$pbkdf2-sha256$i=2000000000,l=32$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o',
      '$pbkdf2-sha1$i=100000,l=2000000000$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o',
    ])
      expect(await hashing(dear).verify(endless, 'password'), endless).to.equal(false);
  });

  it('asks for a new hash when method or cost are not those of today', async () => {
    const dear = hashing({ argon2_memory: 9216, argon2_iterations: 2, pbkdf2_iterations: 20_000 });
    for (const method of PASSWORD_HASH_METHODS) {
      const stored = await hashing().hash(method, 'x');
      expect(hashing().needsRehash(stored, method)).to.equal(false);
      expect(dear.needsRehash(stored, method)).to.equal(method !== 'SHA-256');
      expect(hashing().needsRehash(await dear.hash(method, 'x'), method), 'dearer is good enough').to.equal(false);
      for (const other of PASSWORD_HASH_METHODS) {
        if (other !== method) expect(hashing().needsRehash(stored, other), `${method} to ${other}`).to.equal(true);
      }
    }
  });

  it('refuses at once when too many wait, and goes on afterwards', async () => {
    const subject = hashing(cheap, 1, 2);
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map(() => subject.hash('PBKDF2', 'x')));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).to.have.length(2);
    expect(refused.every(({ reason }) => reason instanceof UnavailableError)).to.equal(true);
    expect(await subject.verify(await subject.hash('PBKDF2', 'x'), 'x')).to.equal(true);
  });

  it('never lets more run at once than it should', async () => {
    const queue = new WorkQueue(2, 100);
    let [running, most] = [0, 0];
    const work = async () => {
      running++;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    };
    const late = Array.from({ length: 20 }, (_, index) =>
      new Promise<void>((resolve) => setImmediate(resolve)).then(() => (index % 3 ? queue.run(work) : undefined)),
    );
    await Promise.all([...Array.from({ length: 20 }, () => queue.run(work)), ...late]);
    expect(most).to.equal(2);
  });

  it('works as hard for a user who does not exist', async () => {
    const subject = hashing({ ...cheap, pbkdf2_iterations: 200_000 });
    const stored = await subject.hash('PBKDF2', 'x');
    await subject.verifyNothing('PBKDF2', 'warm up');
    const time = async (work: () => Promise<unknown>) => {
      const begun = performance.now();
      await work();
      return performance.now() - begun;
    };
    const known = await time(() => subject.verify(stored, 'wrong'));
    const unknown = await time(() => subject.verifyNothing('PBKDF2', 'wrong'));
    expect(unknown / known).to.be.within(0.3, 3);
  });
});
