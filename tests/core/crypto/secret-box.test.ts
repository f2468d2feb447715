import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openSecretBox } from '#core/crypto';
import { BootError } from '#core/kernel';
import { temporaryFolder } from '../../support/kernels.js';

const [first, second] = ['11'.repeat(32), '22'.repeat(32)];
const boxOf = (...keys: string[]) => openSecretBox('unused', { GATEHOUSE_MASTER_KEY: keys.join(',') });

describe('the secret box', () => {
  it('opens what it sealed, for the same purpose only, never the same text twice', () => {
    const box = boxOf(first);
    for (const plain of ['', 'x', 'Grüße 🦀 \u0000', 'x'.repeat(100_000)]) {
      const sealed = box.seal('tokens', plain);
      expect(box.open('tokens', sealed)).to.equal(plain);
      expect(box.open('cookies', sealed)).to.equal(undefined);
      expect(box.seal('tokens', plain)).not.to.equal(sealed);
      expect(sealed).to.match(/^[\w.-]+$/);
    }
  });

  it('opens nothing that was changed in any of its bytes', () => {
    const box = boxOf(first);
    const [id, body] = box.seal('p', 'secret text').split('.') as [string, string];
    const bytes = Buffer.from(body, 'base64url');
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] as number) ^ 1;
      expect(box.open('p', `${id}.${changed.toString('base64url')}`), `byte ${index}`).to.equal(undefined);
    }
    for (const length of [0, 11, 12, 27, 28, bytes.length - 1]) {
      expect(box.open('p', `${id}.${bytes.subarray(0, length).toString('base64url')}`)).to.equal(undefined);
    }
    for (const text of [
      '',
      '.',
      id,
      `${id}.`,
      `ffffffff.${body}`,
      `${body}`,
      `${id}.!!!!`,
      `${id}.${body}.x`.slice(1),
    ]) {
      expect(box.open('p', text), text).to.equal(undefined);
    }
  });

  it('is rotated by a second key: the new one seals, both open, the hash stays the same', () => {
    const before = boxOf(first);
    const sealed = before.seal('p', 'old');
    const during = boxOf(second, first);
    expect(during.open('p', sealed)).to.equal('old');
    const fresh = during.seal('p', 'new');
    expect(before.open('p', fresh)).to.equal(undefined);
    expect(during.mac('chain', 'text')).to.equal(before.mac('chain', 'text'));
    expect(during.mac('other', 'text')).not.to.equal(before.mac('chain', 'text'));
    const after = boxOf(second);
    expect([after.open('p', fresh), after.open('p', sealed)]).to.deep.equal(['new', undefined]);
  });

  it('makes a key of its own that only its owner can read, and keeps it', () => {
    const folder = temporaryFolder();
    const sealed = openSecretBox(folder, {}).seal('p', 'x');
    const file = join(folder, 'security', 'master.key');
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(openSecretBox(folder, {}).open('p', sealed)).to.equal('x');
    writeFileSync(file, `${first}\n${readFileSync(file, 'utf8')}`);
    expect(openSecretBox(folder, {}).open('p', sealed), 'with a new key in front').to.equal('x');
  });

  it('stops the boot at a key that is none, without printing it', () => {
    const folder = temporaryFolder({ 'security/master.key': '\n' });
    expect(() => openSecretBox(folder, {})).to.throw(BootError, /is empty/);
    expect(() => boxOf('too-short')).to.throw(BootError, 'GATEHOUSE_MASTER_KEY must hold 64 hexadecimal digits');
    expect(() => boxOf('too-short')).not.to.throw(/too-short/);
  });
});
