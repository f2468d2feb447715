import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerAuthentication, type SMTPServerSession } from 'smtp-server';
import { ensureTlsMaterial } from '#core/crypto';
import { createSigningMaterial } from '../../core/crypto/certificates.js';

/** A mail as the server got it. */
export interface ReceivedMail {
  readonly mail: Email;
  /** As it came, headers included. */
  readonly raw: string;
  readonly recipients: readonly string[];
  readonly isEncrypted: boolean;
  readonly authentication: SMTPServerAuthentication | undefined;
}

/** How a mail server differs from one that takes everything over STARTTLS from `mailer` with `mail-pass`. */
export interface MailServerOptions {
  /** `NONE`: nobody has to authenticate. */
  readonly authentication?: 'BASIC' | 'XOAUTH2' | 'NONE';
  /** Without TLS at all. */
  readonly plain?: true;
  /** With a certificate that names another host. */
  readonly namedOtherwise?: true;
  /** Recipients that are refused for good. */
  readonly unknown?: readonly string[];
}

/** A real SMTP server on a free port. */
export class MailServer {
  /** What it has taken. */
  readonly received: ReceivedMail[] = [];
  /** How often somebody has tried to authenticate. */
  tries = 0;
  /** Whether it refuses whatever comes, but only for now. */
  isBusy = false;
  /** Tokens that XOAUTH2 takes. */
  readonly tokens = new Set<string>();
  readonly #folder = mkdtempSync(join(tmpdir(), 'mail-'));
  #server: SMTPServer | undefined;
  #port = 0;

  constructor(private readonly options: MailServerOptions) {}

  /** Its port, also while it is down. */
  get port(): number {
    return this.#port;
  }

  /** Path of the authority that signed its certificate for `localhost`. */
  get authorityFile(): string {
    return join(this.#folder, 'tls', 'ca.pem');
  }

  /** Takes connections, again on the same port after {@link down}. */
  async up(): Promise<void> {
    const { authentication = 'BASIC', plain } = this.options;
    const { privateKey, certificate } = await this.#material();
    const server = new SMTPServer({
      key: privateKey,
      cert: certificate,
      logger: false,
      authOptional: authentication === 'NONE',
      authMethods: authentication === 'XOAUTH2' ? ['XOAUTH2'] : ['PLAIN', 'LOGIN'],
      disabledCommands: [...(plain ? ['STARTTLS'] : []), ...(authentication === 'NONE' ? ['AUTH'] : [])],
      ...(plain ? { allowInsecureAuth: true } : {}),
      onAuth: (given, _session, done) => {
        this.tries++;
        const right =
          authentication === 'XOAUTH2'
            ? this.tokens.has(given.accessToken ?? '')
            : given.username === 'mailer' && given.password === 'mail-pass';
        if (right) done(null, { user: given });
        else done(new Error('Invalid username or password'));
      },
      onRcptTo: ({ address }, _session, done) => {
        if (this.isBusy) done(Object.assign(new Error('busy'), { responseCode: 451 }));
        else if (this.options.unknown?.includes(address))
          done(Object.assign(new Error(`no such user ${address}`), { responseCode: 550 }));
        else done();
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          this.#keep(Buffer.concat(chunks).toString('utf8'), session).then(() => done(), done);
        });
      },
    });
    server.on('error', () => undefined);
    this.#server = server;
    await new Promise<void>((done) => server.listen(this.#port, '127.0.0.1', done));
    this.#port = (server.server.address() as AddressInfo).port;
  }

  async #keep(raw: string, session: SMTPServerSession): Promise<void> {
    this.received.push({
      raw,
      mail: await PostalMime.parse(raw),
      recipients: session.envelope.rcptTo.map(({ address }) => address),
      isEncrypted: session.secure,
      authentication: session.user as unknown as SMTPServerAuthentication | undefined,
    });
  }

  async #material(): Promise<{ readonly privateKey: string; readonly certificate: string }> {
    const own = await ensureTlsMaterial(this.#folder, 'localhost', Date.now());
    if (!this.options.namedOtherwise) return own;
    const other = await createSigningMaterial('ES256', 'mail.other.example', Date.now());
    writeFileSync(this.authorityFile, other.certificate);
    return other;
  }

  /** Takes no connections any more. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server) await new Promise<void>((done) => server.close(() => done()));
  }

  /** Goes for good. */
  async stop(): Promise<void> {
    await this.down();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Starts a mail server. Call `stop()` of what it returns when the test is over. */
export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const server = new MailServer(options);
  await server.up();
  return server;
}
