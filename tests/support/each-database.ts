import { databaseKinds, type SqlKind } from './databases.js';
import { servicesOf } from './services.js';

/** Declares the same suite for each database; skipped where its service is not part of the run. */
export function onEachDatabase(title: string, suite: (kind: SqlKind) => void): void {
  for (const kind of databaseKinds) {
    describe(`${title} (${kind})`, () => {
      before(servicesOf(kind));
      suite(kind);
    });
  }
}
