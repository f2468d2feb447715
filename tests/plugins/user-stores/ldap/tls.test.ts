import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { ensureTlsMaterial } from '#core/crypto';
import { UnavailableError } from '#core/kernel';
import { DirectoryAway } from '../../../../plugins/user-stores/ldap/connection/failures.js';
import { LdapConnection } from '../../../../plugins/user-stores/ldap/connection/ldap-connection.js';
import { failureOf } from '../../../support/failures.js';
import { temporaryFolder } from '../../../support/kernels.js';
import { skipWithout } from '../../../support/services.js';
import { type SlapdTree, slapdTree } from '../../../support/slapd.js';
import { type Overrides, openStore, PASSWORD, slapdSettings } from './open-store.js';

const unreachable = 'The user store CORP cannot be reached.';

describe('TLS of the LDAP user store', () => {
  let tree: SlapdTree;
  before(async function () {
    skipWithout(this, 'slapd');
    tree = await slapdTree('tls');
  });

  /** What a ping comes to, and why, as the log has it. */
  async function ping(more: Overrides, address?: string) {
    const { store, lines } = openStore('read-write', slapdSettings(tree, more), address ? { address } : {});
    try {
      await store.ping();
      return { answer: 'yes', why: '' };
    } catch (error) {
      expect(error).to.be.instanceOf(UnavailableError);
      return { answer: (error as Error).message, why: JSON.stringify(lines) };
    } finally {
      await store.close();
    }
  }
  const startTls = (): Overrides => ({ connection_url: tree.url, start_tls_enabled: true });

  it('verifies certificates, by ldaps and by StartTLS', async () => {
    expect((await ping({})).answer).to.equal('yes');
    expect((await ping(startTls())).answer).to.equal('yes');
    expect((await ping({ connection_url: tree.ldapsUrl.replace('127.0.0.1', 'localhost') })).answer).to.equal('yes');
    for (const more of [{}, startTls()]) {
      const { answer, why } = await ping({ ...more, ca_file: '' });
      expect(answer, 'by the authorities of Node.js, which do not know it').to.equal(unreachable);
      expect(why).to.match(/unable to verify|self-signed|unable to get/);
    }
  });

  it('refuses the certificate of another authority', async () => {
    const folder = temporaryFolder();
    const { authority } = await ensureTlsMaterial(folder, '127.0.0.1', Date.now());
    const file = join(folder, 'other.pem');
    writeFileSync(file, authority);
    for (const more of [{}, startTls()]) expect((await ping({ ...more, ca_file: file })).answer).to.equal(unreachable);
  });

  it('refuses a certificate that names another host', async () => {
    for (const more of [{ connection_url: tree.ldapsUrl }, startTls()]) {
      const url = String(more.connection_url).replace('127.0.0.1', 'directory.example');
      const { answer, why } = await ping({ ...more, connection_url: url }, '127.0.0.1');
      expect(answer).to.equal(unreachable);
      expect(why).to.match(/altnames/);
    }
  });

  it('never goes on without TLS when StartTLS is refused', async () => {
    const received: Buffer[] = [];
    // An ExtendedResponse with the result code 2, protocolError, for message 2.
    const refusal = Buffer.from('300c02010278070a010204000400', 'hex');
    const plain = await plainServer((socket, data) => {
      received.push(data);
      socket.write(refusal);
    });
    const { answer } = await ping({ ...startTls(), connection_url: plain.url });
    expect(answer).not.to.equal('yes');
    expect(Buffer.concat(received).includes(tree.adminPassword), 'the password was not sent').to.equal(false);
    await plain.stop();
  });

  it('takes nothing for an answer that came before the encryption', async () => {
    const folder = temporaryFolder();
    const { certificate: cert, privateKey: key, authority } = await ensureTlsMaterial(folder, '127.0.0.1', Date.now());
    const options = { isServer: true, cert, key };
    // Success for StartTLS (message 2), and then, still in the clear, success for binds to come (messages 2 to 9), the
    // last but for one byte.
    const bind = (id: number) => Buffer.from(`300c0201${id.toString(16).padStart(2, '0')}61070a010004000400`, 'hex');
    const early = [2, 3, 4, 5, 6, 7, 8].map(bind);
    const answer = Buffer.concat([
      Buffer.from('300c02010278070a010004000400', 'hex'),
      ...early,
      bind(3).subarray(0, -1),
    ]);
    const plain = await plainServer((socket) => {
      socket.removeAllListeners('data');
      socket.write(answer);
      const secure = new TLSSocket(socket, options);
      secure.on('error', () => undefined);
      // The byte that is missing; nothing of this is an answer to the bind.
      secure.on('data', () => secure.write(Buffer.from([0])));
    });
    const target = {
      host: '127.0.0.1',
      port: Number(new URL(plain.url).port),
      address: '127.0.0.1',
      encryption: 'start-tls',
      authorities: [authority],
      connectTimeout: 500,
      readTimeout: 500,
    } as const;
    const bound = LdapConnection.open(target, ({ client }) => client.bind('uid=alice,dc=x', PASSWORD));
    expect(await failureOf(() => bound)).to.be.instanceOf(DirectoryAway);
    await plain.stop();
  });
});

async function plainServer(onData: (socket: Socket, data: Buffer) => void) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => onData(socket, data));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `ldap://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
