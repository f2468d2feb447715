import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { type ServiceHandle, startService } from '../../tools/services/index.mjs';
import { compiled, type DatabasePlace, databaseKinds, databasePlace, openNode } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { persistenceSchema } from '../support/persistence-schema.js';
import { skipWithout } from '../support/services.js';

/** Starts a writer; `acknowledged` grows while it lives. */
function startWriter(place: DatabasePlace, run: string) {
  const args = [compiled('tests/fixtures/durability-writer.js'), JSON.stringify(place.config), place.folder, run];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = once(child, 'close');
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const acknowledged = () => output.split('\n').slice(1, -1);
  return {
    acknowledged,
    /** Waits until so many writes are acknowledged. */
    reach: (count: number) =>
      eventually(
        `${count} acknowledged writes`,
        () => {
          if (child.exitCode !== null) throw new Error(`the writer ended: ${errors}`);
          return acknowledged().length >= count;
        },
        20_000,
      ),
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
      return acknowledged();
    },
  };
}

for (const kind of databaseKinds) {
  describe(`a crash in full write (${kind})`, () => {
    let service: ServiceHandle | undefined;
    let place: DatabasePlace;
    before(async function () {
      skipWithout(this, kind);
      this.timeout(60_000);
      if (kind !== 'sqlite') service = await startService(kind, { durable: true });
      place = await databasePlace(kind, service?.url);
    });
    after(async function () {
      this.timeout(30_000);
      await service?.stop();
    });

    async function checkKept(acknowledged: readonly string[]): Promise<void> {
      const node = await openNode(place, persistenceSchema);
      try {
        const all = async (sql: string) =>
          new Set((await node.database.sql.all<{ id: string }>(sql, [])).map(({ id }) => id));
        const state = await all("SELECT id FROM living_state WHERE kind = 'thing'");
        const [units, pairs] = [
          await all('SELECT id FROM outbox_message'),
          await all("SELECT id FROM living_state WHERE kind = 'pair'"),
        ];
        const kept = (id: string) => (id.includes('-state-') ? state.has(id) : units.has(id) && pairs.has(id));
        expect(
          acknowledged.filter((id) => !kept(id)),
          'acknowledged and lost',
        ).to.deep.equal([]);
        expect([...units].sort(), 'both halves of a unit or none').to.deep.equal([...pairs].sort());
        const rolledBack = [...units].filter((id) => Number(id.split('-').at(-1)) % 5 === 4);
        expect(rolledBack, 'what was rolled back').to.deep.equal([]);
        if (kind === 'sqlite') {
          const [check] = await node.database.sql.all<{ integrity_check: string }>('PRAGMA integrity_check', []);
          expect(check?.integrity_check).to.equal('ok');
        }
      } finally {
        await node.close();
      }
    }

    it('of the server loses nothing that was acknowledged', async function () {
      this.timeout(90_000);
      const acknowledged: string[] = [];
      for (const run of ['a', 'b', 'c']) {
        const writer = startWriter(place, run);
        await writer.reach(150);
        acknowledged.push(...(await writer.kill()));
        await checkKept(acknowledged);
      }
    });

    if (kind !== 'sqlite') {
      it('of the database loses nothing that was acknowledged', async function () {
        this.timeout(90_000);
        const writer = startWriter(place, 'd');
        await writer.reach(150);
        await service?.kill();
        const acknowledged = await writer.kill();
        await service?.restart();
        await checkKept(acknowledged);
      });
    }
  });
}
