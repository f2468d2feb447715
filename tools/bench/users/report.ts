import { table } from '../report.js';
import type { ScaleResult, ScaleTimes } from './scale.js';

const ms = (value: number) => value.toFixed(value < 10 ? 2 : 1);
const short = (users: number) => (users >= 1_000_000 ? `${users / 1_000_000} M` : `${users / 1000} k`);

/** The medians by database, with what they are of those of the fewest users. */
export function scaleTable(results: readonly ScaleResult[], seconds: number): string {
  const parts = [
    `Milliseconds, one operation at a time, ${seconds} s for each row; in the process, without HTTP. SQLite: CPU time,` +
      ` which other work of the machine does not change much; MariaDB and PostgreSQL: medians of the clock.` +
      ` Node.js ${process.versions.node}.`,
  ];
  for (const database of new Set(results.map((result) => result.database))) {
    const mine = results.filter((result) => result.database === database);
    const [least, ...more] = mine;
    if (!least) continue;
    const time = (times: ScaleTimes | undefined) => (database === 'sqlite' ? times?.cpu : times?.clock) ?? Number.NaN;
    const head = [database, short(least.users), ...more.flatMap(({ users }) => [short(users), 'ratio'])];
    const lines = Object.entries(least.rows).map(([title, base]) => [
      title,
      ms(time(base)),
      ...more.flatMap(({ rows }) => [ms(time(rows[title])), `${(time(rows[title]) / time(base)).toFixed(2)}×`]),
    ]);
    parts.push(table(head, lines));
  }
  return parts.join('\n\n');
}
