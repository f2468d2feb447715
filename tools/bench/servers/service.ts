import type { Facts, Question } from './host.js';

/** A server as its process runs it. */
export interface Service {
  readonly facts: Facts;
  /** Does a piece of work again and again for `ms`; returns how often. */
  compute?(what: string, ms: number): Promise<number>;
  stop(): Promise<void>;
}

/** Runs a service in this process until the host that started it lets go. */
export async function serve(start: () => Promise<Service>): Promise<void> {
  const service = await start();
  process.on('message', (question: Question) => void answer(service, question));
  process.once('disconnect', () => void service.stop().then(() => process.exit(0)));
  process.send?.(service.facts);
}

async function answer(service: Service, question: Question): Promise<void> {
  if (question.ask === 'compute') {
    process.send?.({ count: (await service.compute?.(question.what, question.ms)) ?? 0 });
    return;
  }
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1000 });
}
