import { expect } from 'chai';
import { codeIn, enrolmentUri, newSeed, qrCode, stepOf } from '../../../../plugins/authenticators/totp/totp-codes.js';

describe('TOTP codes', () => {
  // The secret of RFC 6238, appendix B; its codes have eight digits, of which these are the last six.
  const seed = { secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', period: 30 };
  const vectors: [seconds: number, code: string][] = [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ];

  for (const [seconds, code] of vectors) {
    it(`is that of the RFC at ${seconds} s`, () => {
      expect(stepOf(seed, code, seconds * 1000, 1)).to.equal(Math.floor(seconds / 30));
    });
  }

  it('is right one step earlier and later with a window of three, and no further', () => {
    const at = 1_111_111_109_000;
    const own = Math.floor(at / 30_000);
    const steps = [-60, -30, 0, 30, 60].map((shift) => stepOf(seed, '081804', at + shift * 1000, 3));
    expect(steps).to.deep.equal([undefined, own, own, own, undefined]);
  });

  it('takes six ASCII digits, with the spaces that apps show, and nothing else', () => {
    expect(['123456', '123 456', ' 123456 '].map(codeIn)).to.deep.equal(['123456', '123456', '123456']);
    const bad = [
      undefined,
      '',
      '12345',
      '1234567',
      '12345a',
      '-12345',
      '1e5000',
      '١٢٣٤٥٦',
      '123456\n',
      '0'.repeat(1e6),
    ];
    for (const text of bad) expect(codeIn(text), String(text).slice(0, 20)).to.equal(undefined);
  });

  it('makes secrets of 160 bits that differ', () => {
    const secrets = new Set(Array.from({ length: 50 }, () => newSeed(30).secret));
    expect(secrets.size).to.equal(50);
    for (const secret of secrets) expect(secret).to.match(/^[A-Z2-7]{32}$/);
  });

  it('says in the address all that an app needs', () => {
    const uri = new URL(enrolmentUri(seed, 'Acme & Co', 'alice@example.com'));
    expect(uri.protocol).to.equal('otpauth:');
    expect(decodeURIComponent(uri.pathname)).to.contain('Acme & Co:alice@example.com');
    expect(Object.fromEntries(uri.searchParams)).to.deep.include({
      issuer: 'Acme & Co',
      secret: seed.secret,
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
  });

  it('draws a picture without script', async () => {
    const [head, body] = (await qrCode(enrolmentUri(seed, 'Acme', 'alice'))).split(',');
    expect(head).to.equal('data:image/svg+xml;base64');
    expect(Buffer.from(String(body), 'base64').toString())
      .to.match(/^<svg /)
      .and.not.contain('script');
  });
});
