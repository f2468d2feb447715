import { SCALE_DATABASES, type ScaleDatabase } from './databases.js';

/** Numbers of users as they are written: `10k,100k,1m`. */
export function readCounts(text: string): number[] {
  const counts = text.split(',').map((part) => {
    const [, digits = '', unit = ''] = /^(\d+)([km]?)$/i.exec(part.trim()) ?? [];
    return Number(digits) * ({ '': 1, k: 1000, m: 1_000_000 }[unit.toLowerCase()] ?? Number.NaN);
  });
  if (counts.some((count) => !(count >= 1000))) throw new Error(`--users takes numbers from 1k on, not ${text}`);
  return counts.sort((one, other) => one - other);
}

/** Names of databases as they are written: `sqlite,postgres`. */
export function readDatabases(text: string): ScaleDatabase[] {
  return text.split(',').map((name) => {
    const known = SCALE_DATABASES.find((one) => one === name.trim());
    if (!known) throw new Error(`--databases takes ${SCALE_DATABASES.join(', ')}, not ${name}`);
    return known;
  });
}
