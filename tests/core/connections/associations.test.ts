import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { type User, UserServiceToken } from '#core/users';
import { createUser, USER_PASSWORD } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type ApiFailure, callerWith, providersAs, tenantAdministrator } from './provider-api.js';

interface Associated {
  readonly userId: string;
  readonly username: string;
  readonly userStoreDomain: string;
  readonly tenantDomain: string;
  readonly email?: string;
}
interface Federated {
  readonly id: string;
  readonly federatedUserId: string;
  readonly idp: { readonly id: string; readonly name: string };
}
interface Bulk {
  readonly Operations: readonly {
    readonly bulkId: string;
    readonly status: { readonly statusCode: number; errorCode?: string };
  }[];
}

const ORG = SUPER_ORGANIZATION.id;
const basic = (name: string) => `Basic ${Buffer.from(`${name}:${USER_PASSWORD}`).toString('base64')}`;

describe('the association API', () => {
  let server: TestServer;
  let count = 0;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ toml: '[rate_limit]\ncredentials_per_account = 5' });
  });
  after(() => server?.stop());

  const as = (authorization: string | undefined = server.admin, prefix = '') =>
    providersAs(server, { authorization, prefix }, '/api/users/v1');
  const mine = (user: User) => as(basic(user.username));
  const newUser = (email?: string) =>
    createUser(server, `twin${++count}`, email === undefined ? {} : { emailaddress: [email] });
  const link = (user: User, other: User, password = USER_PASSWORD) =>
    mine(user).post<ApiFailure>('/me/associations', { userId: other.username, password });
  const associatesOf = async (user: User) =>
    (await mine(user).get<Associated[]>('/me/associations')).body.map(({ userId }) => userId).sort();
  const ids = (...users: User[]) => users.map(({ id }) => id).sort();

  describe('of accounts here', () => {
    it('brings accounts together whose password is known, and all of theirs', async () => {
      const [a, b, c, d] = [await newUser(), await newUser('b@example.com'), await newUser(), await newUser()];
      expect((await link(a, b)).status).to.equal(201);
      const [shown] = (await mine(a).get<Associated[]>('/me/associations')).body;
      expect(shown).to.deep.equal({
        userId: b.id,
        username: b.username,
        userStoreDomain: 'PRIMARY',
        tenantDomain: 'carbon.super',
        email: 'b@example.com',
      });
      expect((await link(c, d)).status).to.equal(201);
      expect((await link(b, c)).status).to.equal(201);
      expect(await associatesOf(a)).to.deep.equal(ids(b, c, d));
      expect(await associatesOf(d)).to.deep.equal(ids(a, b, c));
      expect((await link(a, d)).status, 'they are together already').to.equal(409);
    });

    it('refuses wrong passwords, missing ones and oneself, and tells nothing of who exists', async () => {
      const [a, b] = [await newUser(), await newUser()];
      const refused = async (json: object) => {
        const { status, body } = await mine(a).post<ApiFailure>('/me/associations', json);
        return [status, body.code];
      };
      const wrong = await refused({ userId: b.username, password: 'wrong' });
      expect(wrong).to.deep.equal([400, 'UAA-10002']);
      expect(await refused({ userId: 'nobody-here', password: 'wrong' })).to.deep.equal(wrong);
      expect(await refused({ userId: b.username })).to.deep.equal([400, 'UAA-8900']);
      expect(await refused({ password: 'x' })).to.deep.equal([400, 'UAA-10001']);
      expect(await refused({ userId: a.username, password: USER_PASSWORD })).to.deep.equal([400, 'UAA-10003']);
      expect(await associatesOf(a)).to.deep.equal([]);
    });

    it('counts wrong passwords against the account that is guessed', async () => {
      const [a, b] = [await newUser(), await newUser()];
      const statuses: number[] = [];
      for (let index = 0; index < 6; index++) statuses.push((await link(a, b, `guess ${index}`)).status);
      expect(statuses.at(-1)).to.equal(429);
      expect((await link(a, b)).status, 'the right password comes too late').to.equal(429);
    });

    it('takes accounts apart, one or all, and with a user who goes', async () => {
      const [a, b, c] = [await newUser(), await newUser(), await newUser()];
      await link(a, b);
      await link(a, c);
      expect((await mine(a).delete(`/me/associations/${b.id}`)).status).to.equal(204);
      expect((await mine(a).delete(`/me/associations/${b.id}`)).status).to.equal(204);
      expect([await associatesOf(a), await associatesOf(b)]).to.deep.equal([ids(c), []]);
      await link(a, b);
      await server.server.container.get(UserServiceToken).delete(ORG, c.id);
      expect(await associatesOf(a)).to.deep.equal(ids(b));
      expect((await mine(a).delete('/me/associations')).status).to.equal(204);
      expect([await associatesOf(a), await associatesOf(b)]).to.deep.equal([[], []]);
    });

    it('cannot take apart accounts of others', async () => {
      const [a, b, c] = [await newUser(), await newUser(), await newUser()];
      await link(a, b);
      expect((await mine(c).delete(`/me/associations/${a.id}`)).status).to.equal(204);
      expect(await associatesOf(b)).to.deep.equal(ids(a));
    });

    it('is open to administrators by scope', async () => {
      const [a, b] = [await newUser(), await newUser()];
      await link(a, b);
      const viewer = as((await callerWith(server, `viewer${count}`, ['internal_user_association_view'])).authorization);
      const listed = await viewer.get<Associated[]>(`/${a.id}/associations`);
      expect(listed.body.map(({ userId }) => userId)).to.deep.equal([b.id]);
      expect((await viewer.delete(`/${a.id}/associations`)).status).to.equal(403);
      expect((await as().get<ApiFailure>(`/${randomUUID()}/associations`)).status).to.equal(404);
      expect((await as().delete(`/${a.id}/associations`)).status).to.equal(204);
      expect(await associatesOf(b)).to.deep.equal([]);
    });
  });

  describe('of accounts at identity providers', () => {
    let idp: string;
    before(async () => {
      idp = await providersAs(server).make('google');
    });
    const add = (user: User, federatedUserId: string, name = 'google') =>
      as().post<ApiFailure>(`/${user.id}/federated-associations`, { idp: name, federatedUserId });
    const of = async (user: User) => (await mine(user).get<Federated[]>('/me/federated-associations')).body;

    it('are made by administrators, shown to both, and removed by both', async () => {
      const user = await newUser();
      expect((await add(user, 'kim@google')).status).to.equal(200);
      expect((await add(user, 'kim@google')).status, 'again is no error').to.equal(200);
      await add(user, 'kim2@google');
      const shown = await of(user);
      expect(shown.map(({ federatedUserId }) => federatedUserId)).to.deep.equal(['kim@google', 'kim2@google']);
      expect(shown[0]?.idp).to.deep.equal({ id: idp, name: 'google', displayName: 'google' });
      expect((await as().get<Federated[]>(`/${user.id}/federated-associations`)).body).to.deep.equal(shown);
      expect((await mine(user).delete(`/me/federated-associations/${shown[0]?.id}`)).status).to.equal(204);
      expect((await mine(user).delete(`/me/federated-associations/${shown[0]?.id}`)).status).to.equal(404);
      expect((await as().delete(`/${user.id}/federated-associations/${shown[1]?.id}`)).status).to.equal(204);
      expect(await of(user)).to.deep.equal([]);
      await add(user, 'kim@google');
      expect((await mine(user).delete('/me/federated-associations')).status).to.equal(204);
      expect(await of(user)).to.deep.equal([]);
    });

    it('belong to one user, and need an account and a connection that exist', async () => {
      const [user, other] = [await newUser(), await newUser()];
      await add(user, 'sole@google');
      expect((await add(other, 'sole@google')).body.code).to.equal('UAA-10012');
      expect((await add(other, 'x', 'nowhere')).body.code).to.equal('UAA-10007');
      expect((await add(other, '')).body.code).to.equal('UAA-10008');
      expect((await add(other, 'a\0b')).status).to.equal(400);
      const [shown] = await of(user);
      expect((await mine(other).delete(`/me/federated-associations/${shown?.id}`)).status).to.equal(404);
      expect(await of(user)).to.have.length(1);
      const there = await tenantAdministrator(server, `twins${count}.example`);
      const elsewhere = await as(there.authorization, there.prefix).get(`/${user.id}/federated-associations`);
      expect(elsewhere.status).to.equal(404);
    });

    it('are changed in bulk, each with its own result', async () => {
      const [a, b] = [await newUser(), await newUser()];
      const bulk = async (operations: readonly object[], failOnErrors?: number) =>
        (await as().post<Bulk>('/federated-associations/bulk', { failOnErrors, operations })).body.Operations.map(
          ({ bulkId, status }) => [bulkId, status.statusCode, status.errorCode].filter((part) => part !== undefined),
        );
      const make = (bulkId: string, userId: string, federatedUserId: string) => ({
        method: 'POST',
        bulkId,
        path: `/${userId}/federated-associations`,
        data: { idp: 'google', federatedUserId },
      });
      expect(
        await bulk([
          make('1', a.id, 'bulk-1'),
          make('2', b.id, 'bulk-1'),
          make('3', 'nobody', 'bulk-3'),
          { method: 'PUT', bulkId: '4', path: `/${a.id}/federated-associations` },
          { method: 'DELETE', bulkId: '5', path: '/../../secret' },
          { ...make('6', a.id, ''), data: 7 },
          make('7', b.id, 'bulk-7'),
        ]),
      ).to.deep.equal([
        ['1', 201],
        ['2', 400, 'UAA-10012'],
        ['3', 404, 'UAA-10005'],
        ['4', 400, 'UAA-10013'],
        ['5', 400, 'UAA-10013'],
        ['6', 400, 'UAA-10013'],
        ['7', 201],
      ]);
      const [own] = await of(a);
      expect(
        await bulk(
          [
            { method: 'DELETE', bulkId: 'x', path: `/${b.id}/federated-associations/${own?.id}` },
            { method: 'DELETE', bulkId: 'y', path: `/${a.id}/federated-associations/${own?.id}` },
          ],
          1,
        ),
        'ends after the first failure',
      ).to.deep.equal([['x', 404, 'UAA-10006']]);
      expect(await of(a)).to.have.length(1);
      const many = Array.from({ length: 1001 }, (_, index) => make(String(index), a.id, `m${index}`));
      const refused = await as().post<ApiFailure>('/federated-associations/bulk', { operations: many });
      expect([refused.status, refused.body.code]).to.deep.equal([400, 'UAA-10014']);
      const viewer = await callerWith(server, `bulk${count}`, ['internal_user_association_create']);
      const forbidden = await as(viewer.authorization).post('/federated-associations/bulk', { operations: [] });
      expect(forbidden.status).to.equal(403);
    });
  });
});
