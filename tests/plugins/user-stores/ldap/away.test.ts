import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { UnavailableError } from '#core/kernel';
import type { UserStore } from '#core/users';
import { failureOf } from '../../../support/failures.js';
import { listener } from './listener.js';
import { ORG, openStore, PASSWORD } from './open-store.js';

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

  it('says so when what answers does not come to an end', async () => {
    // One entry after the other, each with a name of a megabyte.
    const text = Buffer.alloc(1_000_000, 'x');
    const length = (bytes: number) => {
      const four = Buffer.alloc(4);
      four.writeUInt32BE(bytes);
      return Buffer.concat([Buffer.from([0x84]), four]);
    };
    const entry = Buffer.concat([Buffer.from([0x04]), length(text.length), text, Buffer.from([0x30, 0])]);
    const operation = Buffer.concat([Buffer.from([2, 1, 2, 0x64]), length(entry.length), entry]);
    const message = Buffer.concat([Buffer.from([0x30]), length(operation.length), operation]);
    let sent = 0;
    const endless = await listener((socket) => {
      const go = () => {
        do sent += message.length;
        while (!socket.destroyed && socket.write(message));
      };
      socket.on('drain', go);
      socket.once('data', go);
    });
    const { store } = openStore('read-write', {
      ...nowhere,
      connection_url: endless.url,
      ldap_connection_timeout: 20_000,
      read_timeout: 20_000,
    });
    expect(await failureOf(() => store.ping())).to.be.instanceOf(UnavailableError);
    expect(sent).to.be.below(100_000_000);
    await store.close();
    await endless.stop();
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
