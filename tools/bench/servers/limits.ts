import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hash, verify } from '@node-rs/argon2';
import express from 'express';
import { generateKeyPair, SignJWT } from 'jose';
import { bench } from './identity.js';
import type { Service } from './service.js';

/** How many pieces of work are under way at once, so that threads and event loop are both busy. */
const AT_ONCE = 8;

/** What no server can beat on this core: an answer without any work, one signature, one password check. */
export async function limits(): Promise<Service> {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/', (_, response) => {
    response.json({ active: true });
  });
  const bare = await listen((_, response) => {
    const body = JSON.stringify({ active: true });
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length });
    response.end(body);
  });
  const behindExpress = await listen(app);
  const { privateKey } = await generateKeyPair('RS256');
  const stored = await hash(bench.user.password, bench.argon2);
  const works: Record<string, () => Promise<unknown>> = {
    rs256: () =>
      new SignJWT({ sub: 'bench', jti: 'c4a7f6f0-9df7-4f0d-8d35-5c6a4b1f7b10' })
        .setProtectedHeader({ alg: 'RS256' })
        .sign(privateKey),
    argon2id: () => verify(stored, bench.user.password),
  };
  return {
    facts: { port: bare.port, ports: { node: bare.port, express: behindExpress.port } },
    compute: (what, ms) => repeat(works[what] as () => Promise<unknown>, ms),
    async stop() {
      bare.close();
      behindExpress.close();
    },
  };
}

async function repeat(work: () => Promise<unknown>, ms: number): Promise<number> {
  const deadline = performance.now() + ms;
  let count = 0;
  const one = async () => {
    while (performance.now() < deadline) {
      await work();
      count++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return count;
}

async function listen(listener: RequestListener): Promise<{ port: number; close: () => void }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.closeAllConnections() };
}
