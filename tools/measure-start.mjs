// `node tools/measure-start.mjs [--sign-ins N]`: how long a start takes, and how much memory a used server holds.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ensureBuilt } from './build.mjs';
import { root, runMain, ToolError } from './setup/project.mjs';

const admin = { username: 'admin', password: 'Measured-1' };
const redirectUri = 'https://client.example/callback';
const toml = `[server]
node_ip = "127.0.0.1"
[super_admin]
username = "${admin.username}"
password = "${admin.password}"
[rate_limit]
enable_limits = false
`;

/** A server process in a folder, with just enough of an HTTP client to talk to it. */
class Measured {
  #agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  #child;
  #port;
  #output = '';

  /** Starts the built server; gives the milliseconds from there to its first answer. */
  async start(folder) {
    this.#port = await freePort();
    const begun = performance.now();
    const args = [join(root, 'dist/core/cli/main.js'), 'start', '--port', String(this.#port), '--log-level', 'warn'];
    this.#child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.on('data', (text) => (this.#output += text));
    for (;;) {
      const answer = await this.send('GET', '/api/health-check/v1.0/health').catch(() => undefined);
      if (answer?.status === 200) return performance.now() - begun;
      if (this.#child.exitCode !== null) throw new ToolError(`The server did not start:\n${this.#output}`);
      await pause(2);
    }
  }

  /** Sends a request on a connection that is kept. */
  send(method, path, { headers = {}, body } = {}) {
    const options = { method, port: this.#port, host: '127.0.0.1', servername: 'localhost', path, agent: this.#agent };
    return new Promise((resolve, reject) => {
      const sent = request({ ...options, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece) => (text += piece));
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
      });
      sent.on('error', reject).end(body);
    });
  }

  /** Resident memory in MiB; undefined where the system does not tell. */
  get memory() {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+)/m.exec(status)[1]) / 1024;
    } catch {
      return undefined;
    }
  }

  async stop() {
    this.#agent.destroy();
    if (this.#child?.exitCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await gone;
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Makes an application for the authorization code flow; undefined when this server has no API for that. */
async function makeClient(server) {
  const authorization = `Basic ${Buffer.from(`${admin.username}:${admin.password}`).toString('base64')}`;
  const body = JSON.stringify({
    name: 'measure',
    advancedConfigurations: { skipLoginConsent: true },
    inboundProtocolConfiguration: { oidc: { grantTypes: ['authorization_code'], callbackURLs: [redirectUri] } },
  });
  const headers = { authorization, 'content-type': 'application/json' };
  const made = await server.send('POST', '/api/server/v1/applications', { headers, body });
  if (made.status === 404) return undefined;
  if (made.status !== 201) throw new ToolError(`The application was not made: ${made.status} ${made.text}`);
  const path = `${new URL(made.headers.location, 'https://localhost').pathname}/inbound-protocols/oidc`;
  return JSON.parse((await server.send('GET', path, { headers: { authorization } })).text).clientId;
}

/** One sign-in from the application to the code, in a browser of its own. */
async function signIn(server, clientId) {
  const cookies = new Map();
  const step = async (method, location, form) => {
    const url = new URL(location, 'https://localhost');
    const headers = { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') };
    if (form) headers['content-type'] = 'application/x-www-form-urlencoded';
    const answer = await server.send(method, url.pathname + url.search, { headers, body: form?.toString() });
    for (const cookie of answer.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      cookies.set(name, value);
    }
    if (answer.status !== 302)
      throw new ToolError(`${method} ${url.pathname} answered ${answer.status}: ${answer.text}`);
    return answer.headers.location;
  };
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'openid',
  });
  const page = await step('GET', `/oauth2/authorize?${query}`);
  const sessionDataKey = new URL(page, 'https://localhost').searchParams.get('sessionDataKey');
  const back = await step('POST', '/commonauth', new URLSearchParams({ ...admin, sessionDataKey }));
  const end = await step('GET', back);
  if (!end.startsWith(`${redirectUri}?`) || !end.includes('code=')) throw new ToolError(`The sign-in ended at ${end}`);
}

async function measureSignIns(server, count) {
  const clientId = await makeClient(server);
  if (clientId === undefined) {
    console.log('sign-ins        skipped: this server has no API to make an application');
    return;
  }
  const begun = performance.now();
  for (let done = 0; done < count; done++) await signIn(server, clientId);
  const each = (performance.now() - begun) / count;
  console.log(`sign-ins        ${count}, ${each.toFixed(1)} ms each, one after the other`);
}

await runMain(async () => {
  const { values } = parseArgs({ options: { 'sign-ins': { type: 'string', default: '100' } } });
  const count = Number(values['sign-ins']);
  if (!Number.isInteger(count) || count < 1) throw new ToolError('--sign-ins needs a whole number above zero.');
  await ensureBuilt();
  const folder = mkdtempSync(join(tmpdir(), 'measure-'));
  const server = new Measured();
  try {
    writeFileSync(join(folder, 'deployment.toml'), toml);
    console.log(`first start     ${Math.round(await server.start(folder))} ms to the first answer`);
    await server.stop();
    console.log(`second start    ${Math.round(await server.start(folder))} ms to the first answer`);
    console.log(`memory          ${server.memory?.toFixed(0) ?? 'unknown'} MiB resident after the start`);
    await measureSignIns(server, count);
    console.log(`memory          ${server.memory?.toFixed(0) ?? 'unknown'} MiB resident at the end`);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
