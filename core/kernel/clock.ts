import { token } from './container.js';

/** The only source of time in core and plugins, so that tests can hold or move it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Injection token of the server's clock. */
export const ClockToken = token<Clock>('kernel.clock');

/** The wall clock of the machine. */
export const systemClock: Clock = { now: () => Date.now() };
