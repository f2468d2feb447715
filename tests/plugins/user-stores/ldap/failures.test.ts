import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { ConsecutiveBreaker, circuitBreaker, handleType } from 'cockatiel';
import { UnavailableError } from '#core/kernel';
import type { UserStore } from '#core/users';
import { DirectoryAway } from '../../../../plugins/user-stores/ldap/connection/failures.js';
import { eventually } from '../../../support/eventually.js';
import { failureOf } from '../../../support/failures.js';
import { heldClock } from '../../../support/held-clock.js';
import { skipWithout } from '../../../support/services.js';
import { type PrivateSlapd, privateSlapd } from '../../../support/slapd.js';
import { type OpenStore, ORG, openStore, PASSWORD, slapdSettings } from './open-store.js';

/** Every method of a store, with arguments that need the directory. */
function everyMethod(store: UserStore) {
  const { lookup, attributes, credentials, search, writer, groups } = store;
  const id = randomUUID();
  const page = { offset: 0, limit: 5 };
  return {
    byId: () => lookup.byId(ORG, id),
    byUsername: () => lookup.byUsername(ORG, 'alice'),
    read: () => attributes.read(ORG, id, ['mail']),
    write: () => attributes.write?.(ORG, id, { mail: ['x'] }),
    verify: () => credentials?.verify(ORG, 'alice', PASSWORD),
    verifyNothing: () => credentials?.verify(ORG, 'alice', ''),
    set: () => credentials?.set?.(ORG, id, PASSWORD),
    users: () => search?.users(ORG, { ...page, attributes: [] }),
    create: () => writer?.create(ORG, { id, username: 'alice', password: PASSWORD, attributes: {} }),
    delete: () => writer?.delete(ORG, id),
    rename: () => writer?.rename?.(ORG, id, 'bob'),
    ofUser: () => groups?.ofUser(ORG, id),
    ofUsers: () => groups?.ofUsers(ORG, [id]),
    groupById: () => groups?.byId(ORG, id),
    groupByName: () => groups?.byName(ORG, 'Staff'),
    find: () => groups?.find(ORG, page),
    members: () => groups?.members(ORG, id, page),
    createGroup: () => groups?.writer?.create(ORG, { id, name: 'Staff' }),
    renameGroup: () => groups?.writer?.rename(ORG, id, 'Crew'),
    deleteGroup: () => groups?.writer?.delete(ORG, id),
    addMembers: () => groups?.writer?.addMembers(ORG, id, [id]),
    removeMembers: () => groups?.writer?.removeMembers(ORG, id, [id]),
    ping: () => store.ping(),
  };
}

/** A listener that takes connections and never says a word, or says what it is told to. */
async function listener(onConnection: (socket: Socket) => void = () => undefined) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ldap://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => sockets.size,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const nowhere = {
  connection_name: 'cn=admin,dc=secret-suffix',
  connection_password: 'secret',
  base_dn: 'dc=secret-suffix',
  ldap_connection_timeout: 200,
  read_timeout: 200,
};

async function expectAway(store: UserStore): Promise<void> {
  for (const [name, call] of Object.entries(everyMethod(store))) {
    const failure = await failureOf(call);
    expect(failure, name).to.be.instanceOf(UnavailableError);
    expect(failure.message, name).to.equal('The user store CORP cannot be reached.');
  }
}

describe('an LDAP user store whose directory is away', () => {
  it('says so in every method, when nobody listens', async () => {
    const gone = await listener();
    await gone.stop();
    const { store } = openStore('read-write', { ...nowhere, connection_url: gone.url });
    await expectAway(store);
    await store.close();
  });

  it('says so in every method, within its time limits, when somebody listens and never answers', async () => {
    const silent = await listener();
    for (const more of [{}, { start_tls_enabled: true }, { connection_url: silent.url.replace('ldap:', 'ldaps:') }]) {
      const { store } = openStore('read-write', { ...nowhere, connection_url: silent.url, ...more });
      const { byUsername, verify, create, ping } = everyMethod(store);
      for (const call of [byUsername, verify, create, ping])
        expect((await failureOf(call)).message).to.equal('The user store CORP cannot be reached.');
      await store.close();
    }
    const { store } = openStore('read-write', { ...nowhere, connection_url: silent.url, ldap_connection_timeout: 20 });
    await expectAway(store);
    await store.close();
    await silent.stop();
  });

  it('says so when what answers speaks another language', async () => {
    const web = await listener((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const hangsUp = await listener((socket) => socket.destroy());
    for (const { url } of [web, hangsUp]) {
      const { store } = openStore('read-write', { ...nowhere, connection_url: url });
      expect(await failureOf(() => store.ping())).to.be.instanceOf(UnavailableError);
      await store.close();
    }
    await web.stop();
    await hangsUp.stop();
  });

  it('keeps the private reason for the log', async () => {
    const gone = await listener();
    await gone.stop();
    const { store, lines } = openStore('read-write', { ...nowhere, connection_url: gone.url });
    const failure = await failureOf(() => store.lookup.byUsername(ORG, 'alice'));
    expect(failure.message).not.to.match(/127\.0\.0\.1|secret|ou=/);
    expect(lines.map(({ msg }) => msg)).to.include('a directory server does not answer');
    expect(JSON.stringify(lines)).not.to.include(nowhere.connection_password.concat('"'));
    await store.close();
  });
});

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
      slapdSettings(slapd, { connection_pooling_enabled: true, read_timeout: 150, ldap_connection_timeout: 150 }),
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

  it('answers at once while the circuit is open, and finds out itself when the directory is back', async () => {
    const breaker = circuitBreaker(handleType(DirectoryAway), {
      halfOpenAfter: 300,
      breaker: new ConsecutiveBreaker(2),
    });
    const silent = await listener((socket) => socket.destroy());
    const url = silent.url;
    const broken = openStore('read-write', slapdSettings(slapd, { connection_url: url }), { breaker });
    for (let attempt = 0; attempt < 6; attempt++)
      expect((await failureOf(() => broken.store.ping())).message).to.equal('The user store CORP cannot be reached.');
    expect(silent.connections(), 'only the first two were tried').to.equal(2);
    await eventually('another attempt', async () => {
      await broken.store.ping().catch(() => undefined);
      return silent.connections() > 2;
    });
    await broken.store.close();
    await silent.stop();
  });

  it('does not open the circuit for what the directory refuses', async () => {
    const breaker = circuitBreaker(handleType(DirectoryAway), {
      halfOpenAfter: 60_000,
      breaker: new ConsecutiveBreaker(2),
    });
    const guarded = openStore('read-write', slapdSettings(slapd), { breaker });
    for (let attempt = 0; attempt < 4; attempt++) {
      expect((await guarded.store.credentials.verify(ORG, 'alice', 'wrong')).outcome).to.equal('rejected');
      expect(
        await failureOf(() =>
          guarded.store.writer?.create(ORG, { id: randomUUID(), username: 'alice', attributes: {} }),
        ),
      ).to.have.property('status', 409);
    }
    await guarded.store.ping();
    await guarded.store.close();
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
