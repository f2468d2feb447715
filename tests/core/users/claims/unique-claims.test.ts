import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { In } from 'typeorm';
import type { EventBus } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import {
  type ChangedBy,
  ClaimCatalogToken,
  claimUri,
  type UserService,
  UserServiceToken,
  UserStoresToken,
} from '#core/users';
import type { ClaimOwners } from '../../../../core/users/claims/claim-owners.js';
import type { ClaimOptions } from '../../../../core/users/claims/claim-settings.js';
import { UniqueClaimEntity } from '../../../../core/users/claims/unique-claim.entity.js';
import { UniqueClaims } from '../../../../core/users/claims/unique-claims.js';
import { onEachDatabase } from '../../../support/databases.js';
import { addStore, slapdStore } from '../../../support/directory-stores.js';
import { failureOf } from '../../../support/failures.js';
import { createTenant } from '../../../support/oauth-client.js';
import { skipWithout } from '../../../support/services.js';
import { slapdTree } from '../../../support/slapd.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { claimsAs } from './claim-api.js';

const ORG = SUPER_ORGANIZATION.id;
const PASSWORD = 'Correct-horse-1';
const toml = (conflict: boolean) =>
  `[identity_mgt.user_claim_update.uniqueness]\nenable = true\n` +
  `[scim2]\nreturn_conflict_on_claim_uniqueness_violation = ${conflict}`;

onEachDatabase('values that only one user may have', (database) => {
  let server: TestServer;
  let users: UserService;
  let count = 0;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ database, toml: toml(false) });
    users = server.server.container.get(UserServiceToken);
    const api = claimsAs(server);
    await api.change('emailaddress', { uniquenessScope: 'ACROSS_USERSTORES' });
    await api.add('badge', { uniquenessScope: 'WITHIN_USERSTORE' });
    await api.add('tags', { uniquenessScope: 'ACROSS_USERSTORES', multiValued: true });
    await api.add('token', { uniquenessScope: 'ACROSS_USERSTORES', managedInUserStore: false });
  });
  after(() => server?.stop());

  const make = (name: string, values: readonly string[], orgId: string = ORG) =>
    users.create(orgId, {
      username: `user${++count}`,
      password: PASSWORD,
      claims: { [claimUri(name)]: values },
      by: 'administrator',
    });
  const write = (id: string, name: string, values: readonly string[], by: ChangedBy = 'administrator') =>
    users.writeClaims(ORG, id, { [claimUri(name)]: values }, by);
  const refusal = async (work: () => Promise<unknown>) => {
    const { code, status } = (await failureOf(work)) as unknown as { code: string; status: number };
    return `${status} ${code}`;
  };

  it('[U21] are refused to a second one', async () => {
    for (const name of ['emailaddress', 'badge', 'tags', 'token']) {
      const first = await make(name, [`${name}@one.example`]);
      expect(await refusal(() => make(name, [`${name}@one.example`])), name).to.equal('400 SUO-60023');
      expect(await refusal(() => make(name, [`${name.toUpperCase()}@ONE.example`])), name).to.equal('400 SUO-60023');
      const second = await make(name, ['other']);
      expect(await refusal(() => write(second.id, name, [`${name}@one.example`])), name).to.equal('400 SUO-60023');
      expect(await refusal(() => write(second.id, name, [`${name}@one.example`], 'server')), name).to.equal(
        '400 SUO-60023',
      );
      await write(first.id, name, [`${name}@one.example`]);
      await write(first.id, name, ['renamed']);
      await write(second.id, name, [`${name}@one.example`]);
      await write(second.id, name, []);
      await users.delete(ORG, first.id);
      await write(second.id, name, ['renamed']);
      await users.delete(ORG, second.id);
    }
  });

  it('are each of several', async () => {
    await make('tags', ['red', 'green']);
    expect(await refusal(() => make('tags', ['blue', 'Green']))).to.equal('400 SUO-60023');
    await make('tags', ['blue', 'blue']);
  });

  it('are the same however their accents are written', async () => {
    await make('badge', ['Jos\u00e9']);
    expect(await refusal(() => make('badge', ['JOSE\u0301']))).to.equal('400 SUO-60023');
  });

  it('go to one of many who want them at once', async () => {
    for (const name of ['emailaddress', 'token']) {
      const race = Array.from({ length: 6 }, () =>
        make(name, ['race@one.example']).then(
          () => 'made',
          (error: { code?: string }) => error.code,
        ),
      );
      const outcomes = (await Promise.all(race)).sort();
      expect(outcomes, name).to.deep.equal([...Array.from({ length: 5 }, () => 'SUO-60023'), 'made']);
    }
    const [one, two] = [await make('badge', ['b1']), await make('badge', ['b2'])];
    const swaps = [one, two].map(({ id }) =>
      write(id, 'badge', ['b3']).then(
        () => 'written',
        (error: { code?: string }) => error.code,
      ),
    );
    expect((await Promise.all(swaps)).sort()).to.deep.equal(['SUO-60023', 'written']);
  });

  it('that were written past the rules are found, and those that went past them are free', async () => {
    const store = await server.server.container.get(UserStoresToken).primary(ORG);
    const [one, two] = [await make('badge', ['old']), await make('badge', ['two'])];
    const own = server.server.container.get(DatabaseToken);
    const behind = (id: string, value: string) =>
      own.run(async () => store.attributes.write?.(ORG, id, { badge: [value] }));
    await behind(one.id, 'new');
    expect(await refusal(() => write(two.id, 'badge', ['new']))).to.equal('400 SUO-60023');
    await write(two.id, 'badge', ['old']);
    expect(await own.manager.countBy(UniqueClaimEntity, { orgId: ORG, userId: two.id })).to.equal(1);
    expect(await refusal(() => write(one.id, 'badge', ['old']))).to.equal('400 SUO-60023');
  });

  it('leave nothing behind when what writes them fails', async () => {
    const own = server.server.container.get(DatabaseToken);
    await failureOf(() =>
      own.run(async () => {
        await make('badge', ['ghost']);
        throw new Error('later step failed');
      }),
    );
    const { id } = await make('badge', ['ghost']);
    await users.delete(ORG, id);
    expect(await own.manager.countBy(UniqueClaimEntity, { orgId: ORG, userId: id })).to.equal(0);
  });

  it('stay with who gets one while another is still looking for it', async () => {
    const { container } = server.server;
    const [database, catalog] = [container.get(DatabaseToken), container.get(ClaimCatalogToken)];
    const claim = (await catalog.of(ORG)).local(claimUri('badge'));
    if (!claim) throw new Error('there is no badge');
    const whose = { orgId: ORG, domain: 'PRIMARY', userId: undefined };
    const uniqueAfter = (another: () => Promise<boolean>) =>
      new UniqueClaims(
        database,
        { another } as unknown as ClaimOwners,
        { duplicateStatus: 409 } as ClaimOptions,
        {
          participate: () => undefined,
        } as unknown as EventBus,
      );
    const [faster, slower] = [randomUUID(), randomUUID()];
    const late = uniqueAfter(async () => {
      const write = await uniqueAfter(async () => false).claimed(claim, ['contested'], whose);
      await database.run(() => write(faster));
      return false;
    });
    const write = await late.claimed(claim, ['contested'], whose);
    expect(await refusal(() => database.run(() => write(slower)))).to.equal('409 SUO-60023');
    const owners = await database.manager.findBy(UniqueClaimEntity, { orgId: ORG, userId: In([faster, slower]) });
    expect(owners.map(({ userId }) => userId)).to.deep.equal([faster]);
  });

  it('are those of each tenant', async () => {
    const { orgId } = await createTenant(server, 'unique.example');
    await make('emailaddress', ['same@one.example']);
    await make('emailaddress', ['same@one.example'], orgId);
    await make('emailaddress', ['same@one.example'], orgId);
  });
});

describe('values that only one user may have, in a directory', () => {
  let server: TestServer;
  before(async function () {
    skipWithout(this, 'slapd');
    this.timeout(60_000);
    server = await startTestServer({ toml: toml(true) });
    for (const name of ['PEOPLE', 'OTHERS']) await addStore(server, name, slapdStore(await slapdTree('unique')));
    const api = claimsAs(server);
    await api.change('emailaddress', { uniquenessScope: 'ACROSS_USERSTORES' });
    await api.change('nickname', { uniquenessScope: 'WITHIN_USERSTORE' });
  });
  after(() => server?.stop());

  const make = async (name: string, claims: object) => {
    const { status } = await server.api('POST', '/scim2/Users', { userName: name, password: PASSWORD, ...claims });
    return status;
  };
  const stores = ['PEOPLE', 'OTHERS', 'PRIMARY'];
  const found = async (filter: string) => {
    const { body } = await server.api('GET', `/scim2/Users?attributes=userName&filter=${encodeURIComponent(filter)}`);
    return body['totalResults'];
  };

  it('go to one of many who want them at once, in one store and across stores', async function () {
    this.timeout(60_000);
    for (const round of [1, 2, 3]) {
      const emails = [{ value: `wanted${round}@one.example`, primary: true }];
      const names = Array.from({ length: 6 }, (_, i) => `${stores[i % 3]}/r${round}n${i}`);
      const statuses = await Promise.all(names.map((name) => make(name, { emails })));
      expect(statuses.sort()).to.deep.equal([201, 409, 409, 409, 409, 409]);
      expect(await found(`emails eq "wanted${round}@one.example"`)).to.equal(1);
    }
    const nickName = 'Ace';
    const names = Array.from({ length: 6 }, (_, i) => `${stores[i % 3]}/nick${i}`);
    const statuses = await Promise.all(names.map((name) => make(name, { nickName })));
    expect(statuses.sort()).to.deep.equal([201, 201, 201, 409, 409, 409]);
    expect(await found('nickName eq "ace"')).to.equal(3);
  });

  it('go to one of two who change to them at once; the other keeps what it had', async function () {
    this.timeout(60_000);
    const ids = await Promise.all(
      ['PEOPLE/one', 'OTHERS/two', 'PEOPLE/three'].map(async (userName) => {
        const emails = [{ value: `${userName.slice(7)}@one.example`, primary: true }];
        const { body } = await server.api('POST', '/scim2/Users', { userName, password: PASSWORD, emails });
        return String(body['id']);
      }),
    );
    const Operations = [{ op: 'replace', value: { emails: [{ value: 'changed@one.example', primary: true }] } }];
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
    const answers = await Promise.all(
      ids.map((id) => server.api('PATCH', `/scim2/Users/${id}`, { schemas, Operations })),
    );
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 409, 409]);
    expect(await found('emails eq "changed@one.example"')).to.equal(1);
    expect(await found('emails sw "one@" or emails sw "two@" or emails sw "three@"')).to.equal(2);
  });
});

describe('values that only one user may have, answered with a conflict', () => {
  it('or not looked at, as the operator wants', async function () {
    this.timeout(40_000);
    for (const [settings, expected] of [
      [toml(true), '409 SUO-60023'],
      ['', 'made'],
    ] as const) {
      const server = await startTestServer({ toml: settings });
      try {
        await claimsAs(server).add('badge', { uniquenessScope: 'ACROSS_USERSTORES' });
        const claims = { [claimUri('badge')]: ['1'] };
        const make = (username: string) =>
          server.server.container.get(UserServiceToken).create(ORG, { username, password: PASSWORD, claims });
        await make('first');
        const outcome = await make('second').then(
          () => 'made',
          ({ status, code }: { status: number; code: string }) => `${status} ${code}`,
        );
        expect(outcome).to.equal(expected);
      } finally {
        await server.stop();
      }
    }
  });
});
