/** A moment as messages name it, to the minute: `2026-11-22 01:45 UTC`. @param at milliseconds since the epoch */
export function shownTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
