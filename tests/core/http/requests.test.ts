import { expect } from 'chai';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { UserServiceToken } from '#core/users';
import { eventually } from '../../support/eventually.js';
import { RawConnection } from '../../support/raw-http.js';
import { routePlugin } from '../../support/route-plugin.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const LIMIT = 4096;

describe('the way of a request', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({
      plugins: { folders: [routePlugin()] },
      toml: `[server]\nrequest_limit = ${LIMIT}`,
    });
  });
  after(() => server.stop());

  const json = async (path: string, init = {}) => {
    const response = await server.fetch(path, init);
    return { response, body: (await response.json()) as Record<string, unknown> };
  };
  const raw = () => RawConnection.open(server.server.ports[0] as number, server.authority);

  it('answers 404 in one shape, with the trace id that is also in the header', async () => {
    for (const path of ['/nothing', '/fixture', '/fixture/items', '/fixture/HELLO', '/']) {
      const { response, body } = await json(path);
      expect(response.status, path).to.equal(404);
      expect(body).to.have.all.keys('code', 'message', 'description', 'traceId');
      expect(body['traceId']).to.equal(response.headers.get('activityid'));
    }
  });

  it('answers 405 with what is allowed, for hot routes too', async () => {
    for (const [path, allow] of [
      ['/fixture/hello', 'GET'],
      ['/fixture/hot', 'GET'],
      ['/fixture/echo', 'POST'],
    ] as const) {
      const response = await server.fetch(path, { method: 'DELETE' });
      expect(response.status, path).to.equal(405);
      expect(response.headers.get('allow')).to.contain(allow);
    }
  });

  it('answers HEAD like GET, without a body', async () => {
    for (const path of ['/fixture/hello', '/fixture/hot']) {
      const response = await server.fetch(path, { method: 'HEAD' });
      expect(response.status, path).to.equal(200);
      expect(await response.text()).to.equal('');
    }
  });

  it('takes a slash at the end for hot routes as for the others', async () => {
    for (const path of ['/fixture/hello/', '/fixture/hot/'])
      expect((await server.fetch(path)).status, path).to.equal(200);
  });

  it('keeps a decent correlation id and replaces any other', async () => {
    const ask = async (value: string) =>
      (await server.fetch('/fixture/hello', { headers: { activityid: value } })).headers.get('activityid');
    expect(await ask('trace-1.2:3_4')).to.equal('trace-1.2:3_4');
    for (const bad of ['a b', 'x'.repeat(101), '<script>', 'a"b', '', 'ä'])
      expect(await ask(bad), bad).to.match(/^[0-9a-f-]{36}$/);
  });

  it('refuses a body beyond the limit, announced or not, and goes on', async () => {
    for (const path of ['/fixture/echo', '/fixture/hot-echo']) {
      const fits = await server.fetch(path, { method: 'POST', body: 'x'.repeat(LIMIT) });
      expect(fits.status).to.equal(200);
      const announced = await server.fetch(path, { method: 'POST', body: 'x'.repeat(LIMIT + 1) });
      expect(announced.status).to.equal(413);
      const socket = await raw();
      const chunk = `${(1024).toString(16)}\r\n${'x'.repeat(1024)}\r\n`;
      socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}`);
      await eventually('413', () => socket.received.startsWith('HTTP/1.1 413'));
      socket.abort();
    }
    expect((await server.fetch('/fixture/hello')).status).to.equal(200);
  });

  it('counts the limit in bytes, not in characters', async () => {
    const response = await server.fetch('/fixture/echo', { method: 'POST', body: '🦀'.repeat(LIMIT / 2) });
    expect(response.status).to.equal(413);
  });

  it('refuses a body that is nested beyond reason', async () => {
    const nested = `${'['.repeat(2000)}${']'.repeat(2000)}`;
    for (const body of [nested, `{"dialectURI":${nested}}`]) {
      const headers = { authorization: server.admin, 'content-type': 'application/json' };
      const path = '/api/server/v1/claim-dialects';
      const { response, body: answer } = await json(path, { method: 'POST', headers, body });
      expect(response.status).to.equal(400);
      expect(answer['description']).to.contain('100 levels');
    }
  });

  it('answers paths that are no URL encoding with 4xx', async () => {
    for (const path of [
      '/fixture/items/%',
      '/fixture/items/%ff',
      '/fixture/items/%E0%A4%A',
      '/t/%/x',
      '/t/%00/fixture/hello',
    ]) {
      const socket = await raw();
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      expect((await socket.ended()).split('\r\n')[0], path).to.match(/^HTTP\/1\.1 4\d\d/);
    }
    expect(server.logs.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  it('gives path parameters as they were meant', async () => {
    expect((await json('/fixture/items/a%2Fb%20%F0%9F%A6%80')).body).to.deep.equal({ id: 'a/b 🦀' });
    expect((await json('/fixture/items/__proto__')).body).to.deep.equal({ id: '__proto__' });
  });

  it('survives requests that are no HTTP', async () => {
    for (const text of [
      'hello\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'GET /\r\n\r\n',
      '\0\0\0\0',
      'GET http:// HTTP/1.1\r\n\r\n',
      `GET / HTTP/1.1\r\nA: ${'x'.repeat(40_000)}\r\n\r\n`,
    ]) {
      const socket = await raw();
      socket.write(text);
      const answer = await Promise.race([
        socket.ended(),
        eventually('an answer', () => socket.received !== '' && socket.received),
      ]);
      expect(answer).to.match(/^(HTTP\/1\.1 4\d\d|$)/);
      socket.abort();
    }
    for (const target of [
      '*',
      'http://evil.example/fixture/hello',
      '//evil.example/fixture/hello',
      '/fixture/hello?%',
      'fixture/hello',
    ]) {
      const socket = await raw();
      socket.write(`GET ${target} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`);
      expect(await socket.ended(), target)
        .to.match(/^HTTP\/1\.1 (200|4\d\d)/)
        .and.not.to.contain('evil.example');
    }
  });

  it('survives a client that goes away in the middle of its body', async () => {
    const socket = await raw();
    socket.write('POST /fixture/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc');
    socket.abort();
    expect((await server.fetch('/fixture/hello')).status).to.equal(200);
    expect(server.logs.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  it('reads a body that comes in small pieces', async () => {
    const socket = await raw();
    socket.write('POST /fixture/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 8\r\n\r\n');
    for (const byte of Buffer.from('ä🦀ab')) socket.write(Uint8Array.of(byte));
    expect(await socket.ended()).to.contain('"body":"ä🦀ab"');
  });

  it('shows nothing of a fault but the trace id, and logs all of it', async () => {
    for (const path of ['/fixture/fault', '/fixture/hot-fault']) {
      const { response, body } = await json(path, { headers: { activityid: `fault${path.length}` } });
      expect(response.status).to.equal(500);
      expect(JSON.stringify(body)).not.to.contain('private detail').and.not.to.contain(' at ');
      const line = server.logs.find(({ level, traceId }) => level === 'error' && traceId === `fault${path.length}`);
      expect(line?.['err']).to.equal('private detail');
      expect(String(line?.['stack'])).to.contain('plugin.js');
      server.forgetLogs();
    }
  });

  it('takes the public address from the configuration, never from a header', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-for': '192.0.2.9' };
    const { body } = await json('/fixture/hello', { headers });
    expect(body).to.include({ base: server.origin, ip: '127.0.0.1' });
  });

  it('sets the headers of safety', async () => {
    const page = await server.fetch('/fixture/page');
    const text = await page.text();
    const policy = page.headers.get('content-security-policy') ?? '';
    const nonce = /<p>(.*)<\/p>/.exec(text)?.[1] as string;
    expect(policy)
      .to.contain(`'nonce-${nonce}'`)
      .and.to.contain("frame-ancestors 'none'")
      .and.to.contain("default-src 'none'");
    expect(policy).not.to.contain('unsafe');
    expect(await (await server.fetch('/fixture/page')).text()).not.to.contain(nonce);
    expect(page.headers.get('x-frame-options')).to.equal('DENY');
    expect(page.headers.get('set-cookie')).to.match(/; Secure; HttpOnly; SameSite=Lax/);
    for (const path of ['/fixture/hello', '/fixture/page', '/nothing']) {
      const { headers } = await server.fetch(path);
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('cache-control')).to.equal('no-store');
      expect(headers.get('x-powered-by')).to.equal(null);
      expect(headers.get('server')).to.equal(null);
      expect(headers.get('strict-transport-security')).to.equal(null);
    }
  });

  it('asks for credentials with 401 and refuses too little of a right with 403', async () => {
    const users = server.server.container.get(UserServiceToken);
    await users.create(SUPER_ORGANIZATION.id, { username: 'plain', password: 'Plain-pass-1' });
    const basic = (name: string, password: string) => ({
      headers: { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` },
    });
    const anonymous = await json('/fixture/mine');
    expect(anonymous.response.status).to.equal(401);
    expect(anonymous.response.headers.get('www-authenticate')).to.match(/^(Basic|Bearer) /);
    expect(anonymous.body).to.have.all.keys('code', 'message', 'description', 'traceId');
    for (const authorization of [
      'Basic',
      'Basic !!!',
      'Basic Og==',
      `Basic ${Buffer.from('plain').toString('base64')}`,
      'Bearer x',
      'Basic x y',
      'x',
    ]) {
      expect((await server.fetch('/fixture/mine', { headers: { authorization } })).status, authorization).to.be.oneOf([
        400, 401,
      ]);
    }
    expect((await json('/fixture/mine', basic('plain', 'wrong'))).response.status).to.equal(401);
    expect((await json('/fixture/mine', basic('plain', 'Plain-pass-1'))).body).to.deep.equal({ name: 'plain' });
    const refused = await json('/fixture/admin', basic('plain', 'Plain-pass-1'));
    expect(refused.response.status).to.equal(403);
    expect(refused.response.headers.get('www-authenticate')).to.contain('insufficient_scope');
    expect((await server.api('GET', '/fixture/admin')).status).to.equal(200);
  });

  it('describes every route in an OpenAPI document and on a page', async () => {
    const { body } = await server.api<{
      openapi: string;
      paths: Record<
        string,
        Record<
          string,
          { operationId: string; security: object[]; responses: object; parameters: { name: string; in: string }[] }
        >
      >;
    }>('GET', '/api/docs/openapi.json');
    expect(body.openapi).to.equal('3.1.0');
    const operations = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, operation })),
    );
    for (const { path, operation } of operations) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect(declared, path).to.deep.equal(named);
      expect(Object.keys(operation.responses), path).to.include('default');
    }
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size, 'operation ids are unique').to.equal(ids.length);
    expect(body.paths['/fixture/admin']?.['get']?.security).to.deep.include({ oauth2: ['internal_fixture_view'] });
    const page = await server.fetch('/api/docs/index.html');
    expect(page.status).to.equal(200);
    expect(await page.text())
      .to.contain('/fixture/items/:id')
      .and.not.to.contain('<script');
    expect((await server.fetch('/api/docs/docs.css')).headers.get('content-type')).to.contain('text/css');
  });
});
