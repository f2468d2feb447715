import { expect } from 'chai';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  decodeProtectedHeader,
  type JSONWebKeySet,
  jwtVerify,
} from 'jose';
import { KeySetsToken } from '#core/crypto';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { onEachDatabase } from '../../support/databases.js';
import { eventually } from '../../support/eventually.js';
import { type HeldClock, heldClock } from '../../support/held-clock.js';
import { createApp, type TestApp } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

onEachDatabase('keys that are rotated while tokens are issued', (database) => {
  let nodes: TestServer[] = [];
  let app: TestApp;
  let clock: HeldClock;
  before(async function () {
    this.timeout(60_000);
    clock = heldClock();
    const first = await startTestServer({ database, clock });
    nodes = [first];
    // SQLite is a file of one node. The nodes of others have one public address, as behind a load balancer.
    const toml = `[server]\nbase_path = "${first.origin}"`;
    if (database !== 'sqlite') nodes.push(await startTestServer({ database, toml, clock, beside: first }));
    app = await createApp(first, { client: { accessToken: { type: 'JWT' } } });
  });
  after(async () => {
    for (const node of [...nodes].reverse()) await node.stop();
  });

  const at = (node: TestServer, path: string) => `https://localhost:${node.server.ports[0]}${path}`;
  const issue = async (node: TestServer) => {
    const answer = await node.fetch(at(node, '/oauth2/token'), {
      method: 'POST',
      headers: { authorization: app.basic, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials',
    });
    expect(answer.status).to.equal(200);
    return ((await answer.json()) as { access_token: string }).access_token;
  };
  const rotate = (node: TestServer) =>
    node.server.container.get(KeySetsToken).rotate(SUPER_ORGANIZATION.id, SUPER_ORGANIZATION.handle);
  const published = async (node: TestServer) =>
    (await (await node.fetch(at(node, '/oauth2/jwks'))).json()) as JSONWebKeySet;

  it('never issues a token that an outside verifier refuses, on any node', async function () {
    this.timeout(120_000);
    // Each verifier keeps the keys of one node as clients do, and looks again when it meets an unknown key.
    const verifiers = nodes.map((node) =>
      createRemoteJWKSet(new URL(at(node, '/oauth2/jwks')), {
        cooldownDuration: 0,
        [customFetch]: async (url: string) => {
          const answer = await node.fetch(url);
          return new Response(await answer.text(), { status: answer.status });
        },
      }),
    );
    const kids = new Set<string>();
    const tokens: string[] = [];
    let isDone = false;
    const client = async (node: TestServer) => {
      while (!isDone) {
        const token = await issue(node);
        kids.add(String(decodeProtectedHeader(token).kid));
        tokens.push(token);
        await Promise.all(verifiers.map((keys) => jwtVerify(token, keys, { currentDate: new Date(clock.now()) })));
      }
    };
    const clients = nodes.flatMap((node) => [client(node), client(node)]);
    const rotations = (async () => {
      try {
        for (let round = 0; round < 4; round++) {
          await rotate(nodes[round % nodes.length] as TestServer);
          await eventually('every node publishes the new key', async () => {
            const sets = await Promise.all(nodes.map(published));
            return sets.every(({ keys }) => keys.length === (round + 2) * 3);
          });
          clock.advance(6 * 60_000);
          const before = tokens.length;
          await eventually('more tokens', () => isDone || tokens.length >= before + 10, 60_000);
        }
      } finally {
        isDone = true;
      }
    })();
    await Promise.all([
      rotations,
      ...clients.map((one) =>
        one.catch((error: unknown) => {
          isDone = true;
          throw error;
        }),
      ),
    ]);
    expect(kids.size).to.be.greaterThan(2);
    // What was issued before a rotation is good after it, by the keys of every node.
    for (const node of nodes) {
      const keys = createLocalJWKSet(await published(node));
      for (const token of tokens) {
        const currentDate = new Date(Number(decodeJwt(token).iat) * 1000);
        await jwtVerify(token, keys, { currentDate });
      }
    }
  });
});
