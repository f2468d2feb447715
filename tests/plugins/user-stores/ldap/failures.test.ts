import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { expect } from 'chai';
import { UnavailableError } from '#core/kernel';
import { SupervisedStore } from '../../../../core/users/stores/supervised-store.js';
import { eventually } from '../../../support/eventually.js';
import { failureOf } from '../../../support/failures.js';
import { heldClock } from '../../../support/held-clock.js';
import { skipWithout } from '../../../support/services.js';
import { type PrivateSlapd, privateSlapd } from '../../../support/slapd.js';
import { listener } from './listener.js';
import { type OpenStore, ORG, openStore, PASSWORD, slapdSettings } from './open-store.js';

/** A way to a server on which the first connection breaks after the bind. */
async function breakingWay(to: URL) {
  let count = 0;
  return listener((socket) => {
    const isFirst = ++count === 1;
    let messages = 0;
    const other = connect(Number(to.port), to.hostname);
    other.on('error', () => undefined);
    socket.on('data', (data) => {
      if (isFirst && ++messages === 2) return socket.destroy();
      return other.write(data);
    });
    other.on('data', (data) => socket.write(data));
    socket.on('close', () => other.destroy());
  });
}

/** A way to a server on which whoever has sent a text gets no answer to it. */
async function silencingWay(to: URL, text: string) {
  let sent = 0;
  const way = await listener((socket) => {
    const other = connect(Number(to.port), to.hostname);
    let isSilent = false;
    other.on('error', () => undefined);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      if (data.includes(text)) {
        sent++;
        isSilent = true;
      }
      other.write(data);
    });
    // The server has done it, and that is all that is known of it on the other side.
    other.on('data', (data) => (isSilent ? socket.destroy() : socket.write(data)));
    socket.on('close', () => other.destroy());
  });
  return { ...way, sent: () => sent };
}

/** `[user_store_commons]`, by which the server leaves stores alone. */
const COMMONS = { enable_circuit_breaker: true, max_connection_retry_count: 2 };

describe('an LDAP user store and a server of its own', () => {
  let slapd: PrivateSlapd;
  let open: OpenStore;
  before(async function () {
    skipWithout(this, 'slapd');
    slapd = await privateSlapd();
    open = openStore('read-write', slapdSettings(slapd, { connection_pooling_enabled: true }));
  });
  after(async () => {
    await open?.store.close();
    await slapd?.stop();
  });

  it('goes on by itself after the server was killed and started again', async () => {
    await open.store.writer?.create(ORG, { id: randomUUID(), username: 'alice', password: PASSWORD, attributes: {} });
    expect((await open.store.credentials.verify(ORG, 'alice', PASSWORD)).outcome).to.equal('accepted');
    await slapd.kill();
    expect(await failureOf(() => open.store.lookup.byUsername(ORG, 'alice'))).to.be.instanceOf(UnavailableError);
    expect(await failureOf(() => open.store.credentials.verify(ORG, 'alice', PASSWORD))).to.be.instanceOf(
      UnavailableError,
    );
    await slapd.restart();
    expect((await open.store.lookup.byUsername(ORG, 'alice'))?.username).to.equal('alice');
    expect((await open.store.credentials.verify(ORG, 'alice', PASSWORD)).outcome).to.equal('accepted');
  });

  it('does not notice a restart between two calls', async () => {
    await open.store.ping();
    await slapd.restart();
    expect((await open.store.lookup.byUsername(ORG, 'alice'))?.username).to.equal('alice');
  });

  it('gives up on a server that has stopped to answer in the midst, and goes on when it does again', async () => {
    const quick = openStore(
      'read-write',
      slapdSettings(slapd, { connection_pooling_enabled: true, read_timeout: 1000, ldap_connection_timeout: 1000 }),
    );
    await quick.store.ping();
    slapd.pause();
    try {
      // The signal reaches all threads a little later.
      const failure = await eventually('no answer', () =>
        quick.store.lookup.byUsername(ORG, 'alice').then(
          () => undefined,
          (error: unknown) => error,
        ),
      );
      expect(failure).to.be.instanceOf(UnavailableError);
    } finally {
      slapd.resume();
    }
    expect(
      (await eventually('an answer', () => quick.store.lookup.byUsername(ORG, 'alice').catch(() => undefined)))
        ?.username,
    ).to.equal('alice');
    await quick.store.close();
  });

  it('uses the next server while the first is away, and returns to the first after the delay', async () => {
    const clock = heldClock();
    const gone = await listener();
    await gone.stop();
    const silent = await listener((socket) => socket.destroy());
    const both = openStore(
      'read-write',
      slapdSettings(slapd, {
        connection_url: `${silent.url}  ${slapd.url}`,
        connection_retry_delay: '2m',
      }),
      { clock },
    );
    await both.store.ping();
    expect(silent.connections(), 'the first was tried').to.equal(1);
    await both.store.ping();
    await both.store.lookup.byUsername(ORG, 'alice');
    expect(silent.connections(), 'and then left alone').to.equal(1);
    clock.advance(119_000);
    await both.store.ping();
    expect(silent.connections()).to.equal(1);
    clock.advance(2000);
    await both.store.ping();
    expect(silent.connections(), 'tried again after the delay').to.equal(2);
    expect((await both.store.credentials.verify(ORG, 'alice', PASSWORD)).outcome).to.equal('accepted');
    await both.store.close();
    await silent.stop();
  });

  it('tries servers that have failed all the same when there is no other', async () => {
    const only = openStore('read-write', slapdSettings(slapd), { clock: heldClock() });
    await slapd.kill();
    expect(await failureOf(() => only.store.ping())).to.be.instanceOf(UnavailableError);
    await slapd.restart();
    await only.store.ping();
    await only.store.close();
  });

  it('answers at once while the circuit is open', async () => {
    const commons = { ...COMMONS, min_connection_retry_delay_in_milliseconds: 600_000 };
    const silent = await listener((socket) => socket.destroy());
    const unreachable = openStore('read-write', slapdSettings(slapd, { connection_url: silent.url }));
    const broken = new SupervisedStore(unreachable.store, commons);
    for (let attempt = 0; attempt < 6; attempt++)
      expect(await failureOf(() => broken.store.ping())).to.be.instanceOf(UnavailableError);
    expect(silent.connections(), 'only the first two were tried').to.equal(2);
    await broken.close();
    await silent.stop();
  });

  it('closes the circuit again when the directory is back', async () => {
    const commons = { ...COMMONS, min_connection_retry_delay_in_milliseconds: 20 };
    await slapd.kill();
    const broken = new SupervisedStore(openStore('read-write', slapdSettings(slapd)).store, commons);
    for (let attempt = 0; attempt < 3; attempt++)
      expect(await failureOf(() => broken.store.ping())).to.be.instanceOf(UnavailableError);
    await slapd.restart();
    const found = await eventually('an answer', () =>
      broken.store.lookup.byUsername(ORG, 'alice').catch(() => undefined),
    );
    expect(found?.username).to.equal('alice');
    await broken.close();
  });

  it('does not open the circuit for what the directory refuses', async () => {
    const commons = { ...COMMONS, min_connection_retry_delay_in_milliseconds: 60_000 };
    const guarded = new SupervisedStore(openStore('read-write', slapdSettings(slapd)).store, commons);
    for (let attempt = 0; attempt < 4; attempt++) {
      expect((await guarded.store.credentials?.verify(ORG, 'alice', 'wrong'))?.outcome).to.equal('rejected');
      expect(
        await failureOf(() =>
          guarded.store.writer?.create(ORG, { id: randomUUID(), username: 'alice', attributes: {} }),
        ),
      ).to.have.property('status', 409);
    }
    await guarded.store.ping();
    await guarded.close();
  });

  it('says that its own credentials are wrong, and not to whom', async () => {
    const wrong = openStore('read-write', slapdSettings(slapd, { connection_password: 'wrong' }));
    const failure = await failureOf(() => wrong.store.lookup.byUsername(ORG, 'alice'));
    expect(failure).to.be.instanceOf(UnavailableError);
    expect(failure.message).to.equal('The user store CORP does not accept the credentials of the server.');
    const told = wrong.lines.find(({ msg }) => msg === 'a user store cannot be used');
    expect(told?.['err']).to.match(/refuses the connection name or its password/);
    await wrong.store.close();
  });

  it('tries a search again on another connection, as often as the settings say', async () => {
    for (const [attempts, outcome] of [
      [0, 'away'],
      [1, 'found'],
    ] as const) {
      const way = await breakingWay(new URL(slapd.url));
      const settings = slapdSettings(slapd, { connection_url: way.url, retry_attempts: attempts });
      const { store } = openStore('read-write', settings);
      const found = store.lookup.byUsername(ORG, 'alice').then(
        () => 'found',
        () => 'away',
      );
      expect(await found).to.equal(outcome);
      await store.close();
      await way.stop();
    }
  });

  it('never sends a change again that the server may have seen', async () => {
    const id = (await open.store.lookup.byUsername(ORG, 'alice'))?.id ?? '';
    const way = await silencingWay(new URL(slapd.url), 'told-once');
    const { store } = openStore(
      'read-write',
      slapdSettings(slapd, { connection_url: way.url, retry_attempts: 3, connection_pooling_enabled: true }),
    );
    const write = () => store.attributes.write?.(ORG, id, { title: ['told-once'] });
    expect(await failureOf(write)).to.be.instanceOf(UnavailableError);
    expect(way.sent()).to.equal(1);
    expect(await open.store.attributes.read(ORG, id, ['title'])).to.deep.equal({ title: ['told-once'] });
    await store.close();
    await way.stop();
  });

  it('uses no more connections than it may, however much is asked at once', async () => {
    const all = await Promise.all(Array.from({ length: 200 }, () => open.store.lookup.byUsername(ORG, 'alice')));
    expect(all.every((user) => user?.username === 'alice')).to.equal(true);
  });

  it('never leaves a connection bound as a user behind', async () => {
    for (let round = 0; round < 5; round++) {
      await open.store.credentials.verify(ORG, 'alice', PASSWORD);
      const user = await open.store.lookup.byUsername(ORG, 'alice');
      // Users may not write their own entries here: as alice, this would be refused.
      await open.store.attributes.write?.(ORG, user?.id ?? '', { title: [`round ${round}`] });
    }
  });

  it('says when the directory gives no more than so many entries, unless it is asked for pages', async () => {
    const limited = openStore(
      'read-only',
      slapdSettings(slapd, { connection_name: slapd.limitedDn, connection_password: slapd.limitedPassword }),
    );
    for (let count = 0; count < 15; count++)
      await open.store.writer?.create(ORG, { id: randomUUID(), username: `many${count}`, attributes: {} });
    const page = await limited.store.search.users(ORG, { attributes: [], offset: 0, limit: 100 });
    expect(page.items.length, 'more than its limit of ten').to.equal(16);
    await limited.store.close();
  });
});
