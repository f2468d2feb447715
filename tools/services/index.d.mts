/** A database a test can have for itself. */
export type DatabaseKind = 'sqlite' | 'mariadb' | 'postgres' | 'redis';

/** A server that this module can start. */
export type ServerKind = 'mariadb' | 'postgres' | 'redis' | 'slapd' | 'samba';

/** Everything `npm test -- --services` knows. */
export type ServiceName = DatabaseKind | 'chromium' | 'apache' | 'slapd' | 'samba' | 'scim2';

export interface ServiceOptions {
  /** True: an acknowledged write survives `kill()`, even a loss of power. False, the default: no write waits for a disk. */
  durable?: boolean;
}

/** A running server with its data in a temporary folder. */
export interface ServiceHandle {
  readonly kind: ServerKind;
  /** The connection URL, stable over `restart()`. Of directories, tests/support/slapd.ts and samba.ts read it. */
  readonly url: string;
  readonly port: number;
  readonly durable: boolean;
  /** The temporary folder that holds everything of this server; `stop()` removes it. */
  readonly folder: string;
  /** The process id; undefined after `kill()`. */
  readonly pid: number | undefined;
  /** Ends the server with SIGKILL, as a crash would, and waits until it is gone. The data stays: `restart()` goes on with it. */
  kill(): Promise<void>;
  /** Stops the process with SIGSTOP: connections stay open, and nothing answers. */
  pause(): void;
  /** Lets a paused process go on. */
  resume(): void;
  /** Stops the server in order, if it runs, and starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
  /** Like `stop()`, without waiting: for exit handlers. */
  stopNow(): void;
  /** The last lines of the server's own log. */
  log(): string;
}

export interface StartedServices {
  /** The environment variables that tell the tests where the services are. */
  readonly environment: Record<string, string>;
  readonly handles: ServiceHandle[];
  stop(): Promise<void>;
  stopNow(): void;
}

export const serviceNames: readonly ServiceName[];

/** Those of them that can be the database of a server. */
export const sqlServices: readonly ('sqlite' | 'mariadb' | 'postgres')[];

/** Starts one real server of its own for a test that stops, kills or fills it; other tests use the shared ones. */
export function startService(kind: ServerKind, options?: ServiceOptions): Promise<ServiceHandle>;

/** Starts several services together; the test runner's way. */
export function startServices(kinds: readonly ServiceName[], options?: ServiceOptions): Promise<StartedServices>;

/** Which services this test run offers: 'sqlite' always, the others when the runner was asked for them. */
export function availableServices(): ServiceName[];

/** The URL of a shared server, or the path of Chromium, Apache or scim2. Throws when it is not part of this test run. */
export function serviceUrl(kind: Exclude<ServiceName, 'sqlite'>): string;

/**
 * Makes a new, empty database on the shared server (or on `server`, the URL of another) and returns its URL:
 * (with `template`, the URL of one that nobody is connected to, as that one is):
 * `mysql://…/t_…`, `postgres://…/t_…`, `redis://…/0?keyPrefix=t_…%3A`, `file:///…/t_….db`.
 */
export function createDatabase(kind: DatabaseKind, options?: { server?: string; template?: string }): Promise<string>;

/** Drops what `createDatabase` made, also while connections to it are open. */
export function dropDatabase(url: string): Promise<void>;
