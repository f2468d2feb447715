import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Names of the servers that can be measured. */
export const SERVER_NAMES = ['gatehouse', 'gatehouse-unkept', 'peer', 'limits'] as const;
/** One of {@link SERVER_NAMES}. */
export type ServerName = (typeof SERVER_NAMES)[number];

/** What a server says of itself once it listens. */
export interface Facts {
  readonly port: number;
  /** Further ports, by name. */
  readonly ports?: Readonly<Record<string, number>>;
  readonly [name: string]: unknown;
}

/** What the host asks of a server, and what it gets. */
export type Question =
  | { readonly ask: 'cpu' }
  | { readonly ask: 'compute'; readonly what: string; readonly ms: number };
type Reply = { readonly cpuMs: number } | { readonly count: number };

const program = fileURLToPath(new URL('../main.js', import.meta.url));

/** Whether processes can be kept to a core here. */
export const canPin = (): boolean =>
  process.platform === 'linux' && spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0;

/** Keeps this very process to a core. */
export function pinSelf(core: number): void {
  if (canPin()) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)], { stdio: 'ignore' });
}

/** A server in a process of its own, on a core of its own. It sleeps while another one is measured. */
export class ServerHost<F extends Facts = Facts> {
  private constructor(
    private readonly child: ChildProcess,
    readonly facts: F,
  ) {}

  /**
   * Starts a server and waits until it listens.
   *
   * @param profile folder for a CPU profile, written when the server ends
   */
  static async start<F extends Facts>(name: ServerName, core: number, profile?: string): Promise<ServerHost<F>> {
    const node = [
      process.execPath,
      ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
      program,
      'serve',
      name,
    ];
    const [command, ...args] = canPin() ? ['taskset', '-c', String(core), ...node] : node;
    const child = spawn(command as string, args, {
      stdio: ['ignore', 2, 2, 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the server ${name} ended with ${code}`);
    });
    ended.catch(() => undefined);
    const [facts] = (await Promise.race([once(child, 'message'), ended])) as [F];
    return new ServerHost(child, facts);
  }

  /** CPU time that the process has used so far, all threads together, in milliseconds. */
  async cpuMs(): Promise<number> {
    return ((await this.#ask({ ask: 'cpu' })) as { cpuMs: number }).cpuMs;
  }

  /** How many times a piece of work was done within `ms`. */
  async compute(what: string, ms: number): Promise<number> {
    return ((await this.#ask({ ask: 'compute', what, ms })) as { count: number }).count;
  }

  /** Lets it sleep while another server has the core. */
  sleep(): void {
    this.child.kill('SIGSTOP');
  }

  /** Wakes it up. */
  wake(): void {
    this.child.kill('SIGCONT');
  }

  /** Ends it. */
  async stop(): Promise<void> {
    this.wake();
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }

  async #ask(question: Question): Promise<Reply> {
    const answer = once(this.child, 'message');
    this.child.send(question);
    return (await answer)[0] as Reply;
  }
}
