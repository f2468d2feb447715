import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { RawConnection } from '../../support/raw-http.js';
import { routePlugin } from '../../support/route-plugin.js';
import { startTestServer, type TestServer, type TestServerOptions } from '../../support/test-server.js';

/** Runs a server for one test. */
async function withServer(options: TestServerOptions, work: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await startTestServer({ plugins: { folders: [routePlugin()] }, ...options });
  try {
    await work(server);
  } finally {
    await server.stop();
  }
}

describe('cross-origin requests', () => {
  const toml = `[cors]
allowed_origins = ["https://app.example", "https://site.example:8443"]
allow_subdomains = true
max_age = 600
exposed_headers = ["activityid"]`;
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ plugins: { folders: [routePlugin()] }, toml });
  });
  after(() => server.stop());
  const post = (origin: string) => server.fetch('/fixture/echo', { method: 'POST', headers: { origin }, body: 'x' });
  const preflight = (path: string, origin: string) =>
    server.fetch(path, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-one, x-two' },
    });

  it('are allowed from listed origins and their subdomains, with credentials', async () => {
    for (const origin of ['https://app.example', 'https://a.b.app.example', 'https://x.site.example:8443']) {
      const response = await post(origin);
      expect(response.status, origin).to.equal(200);
      expect(response.headers.get('access-control-allow-origin')).to.equal(origin);
      expect(response.headers.get('access-control-allow-credentials')).to.equal('true');
      expect(response.headers.get('access-control-expose-headers')).to.equal(
        'activityid, DPoP-Nonce, WWW-Authenticate',
      );
      expect(response.headers.get('vary')).to.contain('Origin');
    }
  });

  it('are refused from others, however much they look alike', async () => {
    const others = [
      'https://evil.example',
      'http://app.example',
      'https://app.example.evil.example',
      'https://evilapp.example',
      'https://app.example:444',
      'https://x.site.example',
      'null',
      'https://',
      'app.example',
      'https://app.example/',
    ];
    for (const origin of others) {
      for (const response of [await post(origin), await preflight('/fixture/echo', origin)]) {
        expect(response.status, origin).to.equal(403);
        expect(response.headers.get('access-control-allow-origin'), origin).to.equal(null);
      }
    }
  });

  it('pass without an origin, and from the own one', async () => {
    expect((await server.fetch('/fixture/echo', { method: 'POST' })).status).to.equal(200);
    expect((await post(server.origin)).status).to.equal(200);
  });

  it('are announced by a preflight', async () => {
    const response = await preflight('/fixture/echo', 'https://app.example');
    expect(response.status).to.equal(204);
    expect(response.headers.get('access-control-allow-methods')).to.contain('POST');
    expect(response.headers.get('access-control-allow-headers')).to.equal('x-one, x-two');
    expect(response.headers.get('access-control-max-age')).to.equal('600');
    expect(await response.text()).to.equal('');
  });

  it('may carry a DPoP proof, also where only some headers are allowed', () =>
    withServer({ toml: `${toml}\nsupport_any_header = false\nsupported_headers = ["x-one"]` }, async (strict) => {
      const headers = { origin: 'https://app.example', 'access-control-request-method': 'POST' };
      const response = await strict.fetch('/fixture/echo', { method: 'OPTIONS', headers });
      expect(response.headers.get('access-control-allow-headers')).to.equal('x-one, DPoP');
    }));

  it('never come with credentials when every origin is allowed', () =>
    withServer({ toml: '[cors]\nallow_any_origin = true' }, async (open) => {
      const headers = { origin: 'https://anywhere.example' };
      const response = await open.fetch('/fixture/echo', { method: 'POST', headers });
      expect(response.status).to.equal(200);
      expect(response.headers.get('access-control-allow-credentials')).to.equal(null);
    }));
});

describe('rate limits', () => {
  const toml = '[rate_limit]\ncredentials_per_address = 5\ncredentials_per_account = 3\nwindow = "60s"';
  const basic = (password: string) => ({
    headers: { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` },
  });

  it('refuse too many tries from one address with 429 and Retry-After, before anything else', () =>
    withServer({ toml }, async (server) => {
      const statuses: number[] = [];
      for (let index = 0; index < 7; index++) {
        const response = await server.fetch('/fixture/credentials', { method: 'POST' });
        statuses.push(response.status);
        if (response.status === 429) expect(Number(response.headers.get('retry-after'))).to.be.within(1, 60);
      }
      expect(statuses).to.deep.equal([204, 204, 204, 204, 204, 429, 429]);
      expect((await server.fetch('/fixture/hello')).status, 'other requests pass').to.equal(200);
    }));

  it('refuse too many failures for one account, even with the right password then', () =>
    withServer({ toml: toml.replace('address = 5', 'address = 100') }, async (server) => {
      for (let index = 0; index < 3; index++) {
        expect((await server.fetch('/fixture/mine', basic('wrong'))).status).to.equal(401);
      }
      const refused = await server.fetch('/fixture/mine', basic('Admin-pass-1'));
      expect(refused.status).to.equal(429);
      expect(refused.headers.get('retry-after')).to.match(/^\d+$/);
    }));

  it('forget the failures of an account at a success', () =>
    withServer({ toml: toml.replace('address = 5', 'address = 100') }, async (server) => {
      for (const password of ['wrong', 'wrong', 'Admin-pass-1', 'wrong', 'wrong', 'Admin-pass-1']) {
        expect((await server.fetch('/fixture/mine', basic(password))).status).not.to.equal(429);
      }
    }));

  it('cannot be dodged by a forged X-Forwarded-For', () =>
    withServer({ toml }, async (server) => {
      let last = 0;
      for (let index = 0; index < 7; index++) {
        const headers = { 'x-forwarded-for': `192.0.2.${index}` };
        last = (await server.fetch('/fixture/credentials', { method: 'POST', headers })).status;
      }
      expect(last).to.equal(429);
    }));

  it('count per client behind a trusted proxy, by the hop that the proxy added', () =>
    withServer({ toml: `${toml}\n[proxy]\ntrusted_proxies = ["127.0.0.1"]` }, async (server) => {
      const from = async (forwarded: string) =>
        (await server.fetch('/fixture/credentials', { method: 'POST', headers: { 'x-forwarded-for': forwarded } }))
          .status;
      for (let index = 0; index < 5; index++) expect(await from(`198.51.100.${index}, 192.0.2.1`)).to.equal(204);
      expect(await from('198.51.100.99, 192.0.2.1')).to.equal(429);
      expect(await from('192.0.2.2')).to.equal(204);
    }));
});

describe('the access log', () => {
  const lines = async (server: TestServer) => {
    await server.halt();
    const folder = join(server.data, 'logs');
    const file = readdirSync(folder).find((name) => name.startsWith('http_access_')) as string;
    return readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
  };

  it('has one line a request, without query strings', () =>
    withServer({}, async (server) => {
      await server.fetch('/fixture/hello?code=secret-code');
      await server.fetch('/fixture/mine', {
        headers: { authorization: server.admin, referer: 'https://from.example/' },
      });
      const [first, second] = (await lines(server)).slice(-2) as [string, string];
      expect(first).to.match(
        /^127\.0\.0\.1 - - \[\d{2}\/\w{3}\/\d{4}:[\d:]{8} \+0000\] GET \/fixture\/hello HTTP\/1\.1 200 \d+ "-" "[^"]*" \d+\.\d{3}$/,
      );
      expect(first).not.to.contain('secret-code');
      expect(second)
        .to.contain('"https://from.example/"')
        .and.to.match(/^127\.0\.0\.1 - [0-9a-f-]{36} \[/);
    }));

  it('cannot be written into by a client', () =>
    withServer({}, async (server) => {
      const socket = await RawConnection.open(server.server.ports[0] as number, server.authority);
      socket.write('GET /a%0d%0a127.0.0.1"\\ HTTP/1.1\r\nHost: l\r\nReferer: a" "b\\ä\r\nConnection: close\r\n\r\n');
      await socket.ended();
      const last = (await lines(server)).at(-1) as string;
      expect(last).not.to.match(/[^\x20-\x7e]/);
      expect(last.match(/"/g) ?? []).to.have.length(4);
    }));

  it('follows the pattern of the operator', () =>
    withServer({ toml: '[http_access_log]\npattern = "%m %U %s %{activityid}o 100% %x"' }, async (server) => {
      await server.fetch('/fixture/hello', { headers: { activityid: 'abc' } });
      expect((await lines(server)).at(-1)).to.equal('GET /fixture/hello 200 abc 100% %x');
    }));
});

describe('a server that stops', () => {
  const release = globalThis as { fixtureRelease?: () => void };

  it('answers what is in progress, takes nothing new, and says so', () =>
    withServer({}, async (server) => {
      const port = server.server.ports[0] as number;
      const [busy, idle] = [
        await RawConnection.open(port, server.authority),
        await RawConnection.open(port, server.authority),
      ];
      busy.write('GET /fixture/slow HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await eventually('the request arrives', () => release.fixtureRelease !== undefined);
      const stopping = server.server.stop();
      await eventually('idle connections close', () => idle.ended().then(() => true));
      const refused = await RawConnection.open(port, server.authority).then(
        () => false,
        () => true,
      );
      expect(refused).to.equal(true);
      release.fixtureRelease?.();
      expect(await busy.ended())
        .to.match(/^HTTP\/1\.1 200/)
        .and.to.contain('late');
      await stopping;
      delete release.fixtureRelease;
    }));

  it('does not wait longer than it was told', () =>
    withServer({ toml: '[server]\nshutdown_grace = "100ms"' }, async (server) => {
      const busy = await RawConnection.open(server.server.ports[0] as number, server.authority);
      busy.write('GET /fixture/slow HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await eventually('the request arrives', () => release.fixtureRelease !== undefined);
      const begun = performance.now();
      await server.server.stop();
      expect(performance.now() - begun).to.be.lessThan(3000);
      release.fixtureRelease?.();
      delete release.fixtureRelease;
    }));
});
