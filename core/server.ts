import 'reflect-metadata';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSecretBox, type SecretBox, SecretBoxToken } from '#core/crypto';
import { Addresses, AddressesToken, HttpServerToken, PortOverrideToken, VersionToken } from '#core/http';
import {
  BootError,
  type Clock,
  ClockToken,
  type Container,
  createLogger,
  Kernel,
  type LoadedConfiguration,
  type Logger,
  loadConfiguration,
  type PlaceholderSources,
  reasonOf,
} from '#core/kernel';
import { DataFolderToken, OutboxToken, ShippedConfigToken } from '#core/persistence';
import { type FirstAdministrator, FirstAdministratorToken } from '#core/users';

/** What a server is started with. */
export interface ServerOptions {
  /** Path of `deployment.toml`. */
  readonly config: string;
  /** Path of the data folder; made when it is not there. */
  readonly data: string;
  /** HTTPS port that beats the configured one; 0 takes a free one. */
  readonly port?: number | undefined;
  readonly logger?: Logger;
  /** For tests: time that can be held. */
  readonly clock?: Clock;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Values for `$sys{name}`. */
  readonly define?: Readonly<Record<string, string>>;
}

/** Where things are in the package, compiled or not. */
export const places = (() => {
  const compiled = resolve(dirname(fileURLToPath(import.meta.url)), '..');
  const root = existsSync(join(compiled, 'package.json')) ? compiled : dirname(compiled);
  return { compiled, root, shipped: join(root, 'config') };
})();

/** Version of this server. */
export const version = (JSON.parse(readFileSync(join(places.root, 'package.json'), 'utf8')) as { version: string })
  .version;

/** How placeholders are filled in, with the secret box of the data folder. */
export function placeholderSources(options: Pick<ServerOptions, 'data' | 'env' | 'define'>): {
  sources: PlaceholderSources;
  box: () => SecretBox;
} {
  const env = options.env ?? process.env;
  let opened: SecretBox | undefined;
  const box = () => {
    opened ??= openSecretBox(options.data, env);
    return opened;
  };
  const decrypt = (cipherText: string) => {
    const plain = box().open(CONFIG_PURPOSE, cipherText);
    if (plain === undefined) throw new BootError('not a cipher text of this server');
    return plain;
  };
  return { sources: { env, sys: options.define ?? {}, decrypt }, box };
}

/** Purpose under which secrets of the configuration are sealed. */
export const CONFIG_PURPOSE = 'configuration';

/** One running Gatehouse. Several can run in one process. */
export class Server {
  private constructor(
    readonly kernel: Kernel,
    private readonly lock: DataFolderLock,
  ) {}

  /** Discovers, validates, sets up. Nothing runs yet. Throws BootError. */
  static async prepare(options: ServerOptions): Promise<Kernel> {
    const { sources, box } = placeholderSources(options);
    const configuration = loadConfiguration(options.config, sources);
    return Server.#boot(options, configuration, box);
  }

  /**
   * Starts everything but the listeners, for a command that works beside a running server. It takes no lock: the
   * database keeps the two apart, and the running server sees what was changed when it polls. Delivers nothing from the
   * outbox. Whoever calls it stops the kernel. Throws BootError.
   */
  static async open(options: ServerOptions): Promise<Kernel> {
    if (!existsSync(options.data)) {
      throw new BootError(`there is no data folder ${options.data}; name it with --data, or start the server once`);
    }
    const kernel = await Server.prepare(options);
    await kernel.start();
    await kernel.container.get(OutboxToken).stop();
    return kernel;
  }

  /** Starts a server; resolves when it answers. Throws BootError, with everything stopped again. */
  static async start(options: ServerOptions): Promise<Server> {
    const lock = new DataFolderLock(options.data);
    try {
      const kernel = await Server.prepare(options);
      await kernel.start();
      try {
        await kernel.container.get(HttpServerToken).listen(kernel.container.get(ClockToken).now());
      } catch (error) {
        await kernel.stop();
        throw error;
      }
      return new Server(kernel, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  static #boot(options: ServerOptions, configuration: LoadedConfiguration, box: () => SecretBox): Promise<Kernel> {
    return Kernel.boot({
      root: places.compiled,
      base: dirname(resolve(options.config)),
      configuration,
      logger: options.logger ?? createLogger('info'),
      ...(options.clock ? { clock: options.clock } : {}),
      provide(container) {
        container.provideValue(DataFolderToken, resolve(options.data));
        container.provideLazily(SecretBoxToken, box);
        container.provideValue(ShippedConfigToken, places.shipped);
        container.provideValue(VersionToken, version);
        container.provideValue(PortOverrideToken, { https: options.port });
        container.provideValue(FirstAdministratorToken, { made: undefined });
      },
    });
  }

  get container(): Container {
    return this.kernel.container;
  }

  /** Public origin: `https://localhost:9443`. */
  get origin(): string {
    return this.container.get<Addresses>(AddressesToken).origin;
  }

  /** Ports on which it listens, HTTPS first. */
  get ports(): number[] {
    return this.container.get(HttpServerToken).ports;
  }

  /** The administrator that this start has made, if it was the first. */
  get firstAdministrator(): FirstAdministrator | undefined {
    return this.container.get(FirstAdministratorToken).made;
  }

  /** Answers what is in progress, then stops everything in reverse order. */
  async stop(): Promise<void> {
    try {
      await this.container.get(HttpServerToken).close();
      await this.kernel.stop();
    } finally {
      this.lock.release();
    }
  }
}

/** Keeps two servers from using one data folder. A lock of a process that is gone does not count. */
class DataFolderLock {
  readonly #file: string;

  constructor(folder: string) {
    this.#file = join(folder, 'gatehouse.pid');
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const [pid, begun] = existsSync(this.#file) ? readFileSync(this.#file, 'utf8').split(' ') : [];
      if (pid && isAlive(Number(pid), begun)) {
        throw new BootError(
          `the data folder ${folder} is in use by process ${pid}; stop it, or start with another --data`,
        );
      }
      rmSync(this.#file, { force: true });
      writeFileSync(this.#file, `${process.pid} ${beginningOf(process.pid) ?? ''}`.trim(), { flag: 'wx' });
    } catch (cause) {
      if (cause instanceof BootError) throw cause;
      throw new BootError(`the data folder ${folder} cannot be used: ${reasonOf(cause)}`, { cause });
    }
  }

  release(): void {
    rmSync(this.#file, { force: true });
  }
}

/** Whether the process that wrote a lock still runs. In a container the next one often gets the same number. */
function isAlive(pid: number, begun: string | undefined): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  const now = beginningOf(pid);
  if (begun && now) return begun === now;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process began, in clock ticks since the machine did; undefined where the system does not tell. */
function beginningOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
