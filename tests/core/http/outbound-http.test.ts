import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { OutboundError, OutboundHttpToken } from '#core/http';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const reasonOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof OutboundError) return error.reason;
    throw error;
  }
  return 'answered';
};

describe('requests to other servers', () => {
  let peer: Server;
  let port: number;
  let open: TestServer;
  let shut: TestServer;
  const client = (server: TestServer) => server.server.container.get(OutboundHttpToken);

  before(async () => {
    peer = createServer((request, response) => {
      if (request.url === '/redirect') response.writeHead(302, { location: '/elsewhere' }).end();
      else if (request.url === '/large') response.end('x'.repeat(4096));
      else if (request.url === '/never') request.resume();
      else response.end(`hello ${request.method}`);
    });
    await new Promise<void>((done) => peer.listen(0, '127.0.0.1', done));
    port = (peer.address() as AddressInfo).port;
    [open, shut] = await Promise.all([
      startTestServer({ toml: '[outbound_http]\nprivate_hosts = ["127.0.0.1", "localhost"]' }),
      startTestServer({ toml: '[outbound_http]\nallow_http = true' }),
    ]);
  });
  after(async () => {
    await Promise.all([open.stop(), shut.stop()]);
    peer.closeAllConnections();
    peer.close();
  });

  it('reaches a host that the operator has named', async () => {
    const answer = await client(open).send({ url: `http://localhost:${port}/`, method: 'POST', body: 'x' });
    expect(answer).to.include({ status: 200, text: 'hello POST' });
  });

  it('does not follow redirects', async () => {
    const answer = await client(open).send({ url: `http://127.0.0.1:${port}/redirect` });
    expect(answer.status).to.equal(302);
  });

  for (const host of [
    '127.0.0.1',
    'localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '2130706433',
    '0x7f.1',
    '169.254.169.254',
    '10.0.0.1',
  ])
    it(`refuses ${host} unless it is named`, async () => {
      expect(await reasonOf(client(shut).send({ url: `http://${host}:${port}/` }))).to.equal('refused');
    });

  it('refuses what is not https', async () => {
    expect(await reasonOf(client(open).send({ url: 'http://example.com/' }))).to.equal('refused');
    expect(await reasonOf(client(open).send({ url: 'file:///etc/passwd' }))).to.equal('refused');
    expect(await reasonOf(client(open).send({ url: 'https://user:secret@example.com/' }))).to.equal('refused');
  });

  it('refuses answers that are too large', async () => {
    expect(await reasonOf(client(open).send({ url: `http://127.0.0.1:${port}/large`, maxBytes: 1024 }))).to.equal(
      'too_large',
    );
  });

  it('gives up on a server that does not answer', async () => {
    expect(await reasonOf(client(open).send({ url: `http://127.0.0.1:${port}/never`, timeout: 50 }))).to.equal(
      'timeout',
    );
  });

  it('leaves a server alone that has failed five times in a row, and no other', async () => {
    const closed = createServer();
    await new Promise<void>((done) => closed.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}/`;
    await new Promise((done) => closed.close(done));
    const reasons: string[] = [];
    for (let count = 0; count < 6; count++) reasons.push(await reasonOf(client(open).send({ url })));
    expect(reasons).to.deep.equal([...Array<string>(5).fill('unreachable'), 'broken']);
    expect((await client(open).send({ url: `http://127.0.0.1:${port}/` })).status).to.equal(200);
  });
});
