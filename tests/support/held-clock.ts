import type { Clock } from '#core/kernel';

/** Time that stands still until a test moves it. */
export interface HeldClock extends Clock {
  /** Moves time forward by so many milliseconds. */
  advance(milliseconds: number): void;
  /** Sets the time, in milliseconds since the epoch. */
  set(milliseconds: number): void;
}

/** Makes a clock that stands at `at`; at the present when it is not given, so that certificates are valid. */
export function heldClock(at: number = Date.now()): HeldClock {
  let now = at;
  return {
    now: () => now,
    advance: (milliseconds) => {
      now += milliseconds;
    },
    set: (milliseconds) => {
      now = milliseconds;
    },
  };
}
