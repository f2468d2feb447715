/** What is wrong with a date: it is none (`2024-02-30`), or is not written as one. */
export type DateFault = 'format' | 'date';

/** The first moment of a day `yyyy-MM-dd` (UTC), in milliseconds since the epoch, or what is wrong with it. */
export function startOfDay(text: string): number | DateFault {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return 'format';
  const time = Date.parse(`${text}T00:00:00Z`);
  // Some runtimes take the 30th of February for the 1st of March.
  return Number.isNaN(time) || !new Date(time).toISOString().startsWith(text) ? 'date' : time;
}
