import { createPrivateKey, X509Certificate } from 'node:crypto';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ensureTlsMaterial } from '#core/crypto';
import { BootError } from '#core/kernel';
import { failureOf } from '../../support/failures.js';
import { temporaryFolder } from '../../support/kernels.js';

const NOW = Date.now();
const DAY = 86_400_000;

describe('the certificate of the server', () => {
  it('is signed by the authority beside it and names the host', async () => {
    const folder = temporaryFolder();
    const made = await ensureTlsMaterial(folder, 'id.example.com', NOW);
    const [server, authority] = [new X509Certificate(made.certificate), new X509Certificate(made.authority)];
    expect(server.verify(authority.publicKey)).to.equal(true);
    expect(server.checkIssued(authority)).to.equal(true);
    expect(authority.ca).to.equal(true);
    expect(server.ca).to.equal(false);
    expect(server.checkPrivateKey(createPrivateKey(made.privateKey))).to.equal(true);
    for (const host of ['id.example.com', 'localhost']) expect(server.checkHost(host), host).to.equal(host);
    expect(server.checkIP('127.0.0.1')).to.equal('127.0.0.1');
    expect(server.checkHost('evil.example.com')).to.equal(undefined);
    expect(statSync(join(folder, 'tls', 'server.key')).mode & 0o777).to.equal(0o600);
  });

  it('stays while it fits, and is made anew for another host name or near its end', async () => {
    const folder = temporaryFolder();
    const first = await ensureTlsMaterial(folder, 'a.example', NOW);
    expect((await ensureTlsMaterial(folder, 'a.example', NOW + 300 * DAY)).certificate.trim()).to.equal(
      first.certificate.trim(),
    );
    const second = await ensureTlsMaterial(folder, 'b.example', NOW);
    expect(new X509Certificate(second.certificate).checkHost('b.example')).to.equal('b.example');
    expect((await ensureTlsMaterial(folder, 'b.example', NOW)).certificate.trim()).to.equal(second.certificate.trim());
    const third = await ensureTlsMaterial(folder, 'b.example', NOW + 370 * DAY);
    expect(third.certificate.trim()).not.to.equal(second.certificate.trim());
  });

  it('is renewed by the authority that people have come to trust', async () => {
    const folder = temporaryFolder();
    const first = await ensureTlsMaterial(folder, 'one.example', NOW);
    const second = await ensureTlsMaterial(folder, 'two.example', NOW);
    expect(second.certificate).to.not.equal(first.certificate);
    expect(second.authority.trim()).to.equal(first.authority.trim());
    expect(new X509Certificate(second.certificate).verify(new X509Certificate(first.authority).publicKey)).to.equal(
      true,
    );
    expect(statSync(join(folder, 'tls', 'ca.key')).mode & 0o077).to.equal(0);
  });

  it('is made for an address as well as for a name', async () => {
    const made = await ensureTlsMaterial(temporaryFolder(), '192.0.2.7', NOW);
    expect(new X509Certificate(made.certificate).checkIP('192.0.2.7')).to.equal('192.0.2.7');
  });

  it('is made anew when a file is missing, and stops the boot when it is no certificate', async () => {
    const folder = temporaryFolder();
    await ensureTlsMaterial(folder, 'localhost', NOW);
    writeFileSync(join(folder, 'tls', 'server.pem'), 'garbage');
    const error = await failureOf(() => ensureTlsMaterial(folder, 'localhost', NOW));
    expect(error).to.be.instanceOf(BootError);
    expect(error.message).to.match(/server\.pem is not a certificate; remove it/);
    rmSync(join(folder, 'tls', 'server.pem'));
    const again = await ensureTlsMaterial(folder, 'localhost', NOW);
    expect(new X509Certificate(again.certificate).checkHost('localhost')).to.equal('localhost');
  });
});
