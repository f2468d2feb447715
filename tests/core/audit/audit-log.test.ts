import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { AuditLog, masked } from '#core/audit';
import { openSecretBox } from '#core/crypto';
import { inRequest } from '#core/kernel';
import { AuditChainEntity, AuditRecordEntity } from '../../../core/audit/audit-record.entity.js';
import { Audit2026112100020 } from '../../../core/audit/migrations/0001-audit.js';
import {
  type DatabaseNode,
  type DatabasePlace,
  databaseKinds,
  databasePlace,
  openNode,
} from '../../support/databases.js';
import { failureOf } from '../../support/failures.js';
import { heldClock } from '../../support/held-clock.js';
import { temporaryFolder } from '../../support/kernels.js';
import { keptLog } from '../../support/log-lines.js';
import { skipWithout } from '../../support/services.js';

const ORG = '00000000-0000-4000-8000-000000000001';
const schema = { entities: [AuditRecordEntity, AuditChainEntity], migrations: [Audit2026112100020] };
const box = openSecretBox('unused', { GATEHOUSE_MASTER_KEY: 'ab'.repeat(32) });
const event = (targetId: string) => ({ orgId: ORG, action: 'create-application', targetId, targetType: 'Application' });

for (const kind of databaseKinds) {
  describe(`the audit log (${kind})`, () => {
    before(async function () {
      skipWithout(this, kind);
      place = await databasePlace(kind);
      node = await openNode(place, schema);
    });
    let place: DatabasePlace;
    let node: DatabaseNode;
    let log: AuditLog;
    let file: string;
    const clock = heldClock();
    beforeEach(async () => {
      for (const table of ['audit_record', 'audit_chain']) await sql(`DELETE FROM ${table}`);
      file = join(temporaryFolder(), 'logs', 'audit.log');
      log = new AuditLog(node.database, box, clock, keptLog().logger, file);
    });
    afterEach(() => log.stop());
    after(async () => {
      await node?.close();
      await place?.drop();
    });

    const sql = (text: string, parameters: unknown[] = []) =>
      node.database.run(async () => void (await node.database.sql.run(text, parameters)));
    const recordAll = async (...targets: string[]) => {
      for (const target of targets) {
        clock.advance(1);
        await log.record(event(target));
      }
      expect((await log.verify()).brokenAt).to.equal(undefined);
    };

    it('verifies what was written, also in more than one go and after a restart', async () => {
      await recordAll('a', 'b');
      await recordAll('c');
      await log.stop();
      const successor = new AuditLog(node.database, box, clock, keptLog().logger, file);
      await successor.record(event('d'));
      expect(await successor.verify()).to.deep.equal({ checked: 4 });
      await successor.stop();
    });

    it('finds a record that was changed', async () => {
      await recordAll('a', 'b', 'c');
      await sql('UPDATE audit_record SET record = REPLACE(record, \'"b"\', \'"x"\')');
      expect((await log.verify()).brokenAt).to.include({ seq: 2, why: 'the record is not as it was written' });
    });

    it('finds a record that was changed together with its hash', async () => {
      await recordAll('a', 'b', 'c');
      const forged = openSecretBox('unused', { GATEHOUSE_MASTER_KEY: 'cd'.repeat(32) }).mac('audit-chain', 'x');
      await sql('UPDATE audit_record SET record = ?, hash = ? WHERE seq = 3', ['{}', forged]);
      await sql('UPDATE audit_chain SET hash = ?', [forged]);
      expect((await log.verify()).brokenAt).to.include({ seq: 3 });
    });

    it('finds a record that was removed', async () => {
      await recordAll('a', 'b', 'c');
      await sql('DELETE FROM audit_record WHERE seq = 2');
      expect((await log.verify()).brokenAt).to.include({ seq: 3, why: 'record 2 is missing' });
    });

    it('finds a record that was removed where the others were moved up', async () => {
      await recordAll('a', 'b', 'c');
      await sql('DELETE FROM audit_record WHERE seq = 2');
      await sql('UPDATE audit_record SET seq = 2 WHERE seq = 3');
      expect((await log.verify()).brokenAt).to.include({ seq: 2 });
    });

    it('finds a record that was put in', async () => {
      await recordAll('a', 'b');
      const fake = ['00000000-0000-4000-8000-00000000000f', ORG, '{}', 3, 'f'.repeat(64), clock.now()];
      await sql('INSERT INTO audit_record (id, org_id, record, seq, hash, created_at) VALUES (?, ?, ?, ?, ?, ?)', fake);
      expect((await log.verify()).brokenAt).to.include({ seq: 3 });
    });

    it('finds that the newest records are gone', async () => {
      await recordAll('a', 'b', 'c');
      await sql('DELETE FROM audit_record WHERE seq > 1');
      expect((await log.verify()).brokenAt).to.include({ seq: 2, why: 'the newest 2 records are missing' });
    });

    it('finds that the end of the chain was removed with the newest records', async () => {
      await recordAll('a', 'b', 'c');
      await sql('DELETE FROM audit_record WHERE seq > 1');
      await sql('DELETE FROM audit_chain');
      expect((await log.verify()).brokenAt).not.to.equal(undefined);
    });

    it('joins the unit of work', async () => {
      await failureOf(() =>
        node.database.run(async () => {
          await log.record(event('lost'));
          throw new Error('rolled back');
        }),
      );
      expect(await log.list(ORG, 10)).to.deep.equal([]);
      expect(await log.verify()).to.deep.equal({ checked: 0 });
    });

    it('links each record once when many come at once', async () => {
      await Promise.all(Array.from({ length: 25 }, (_, index) => log.record(event(String(index)))));
      expect(await log.verify()).to.deep.equal({ checked: 25 });
    });

    it('says who, from where and in which request, in the table and in the file', async () => {
      const context = { correlationId: 'trace-1', ip: '192.0.2.1', initiatorId: 'user-1' };
      await inRequest(context, () => log.record({ ...event('a\n"x'), data: { name: masked('alice') } }));
      await log.record(event('b'));
      const records = await log.list(ORG, 10);
      const byTarget = records.find(({ targetId }) => targetId === 'a\n"x');
      expect(byTarget).to.include({
        requestId: 'trace-1',
        remoteAddress: '192.0.2.1',
        initiatorId: 'user-1',
        initiatorType: 'User',
      });
      expect(byTarget?.['data']).to.deep.equal({ name: 'a*****e' });
      expect(records.find(({ targetId }) => targetId === 'b')).to.include({
        initiatorId: 'System',
        initiatorType: 'System',
      });
      expect(await log.list('another', 10)).to.deep.equal([]);
      await log.stop();
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      expect(lines.map((line) => (JSON.parse(line) as { targetId: string }).targetId)).to.have.members(['a\n"x', 'b']);
    });
  });
}
