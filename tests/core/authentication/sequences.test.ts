import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { StateStoreToken } from '#core/persistence';
import { claimUri, UserServiceToken } from '#core/users';
import { pluginFolder } from '../../support/kernels.js';
import { createApp, createUser, type TestApp, tokensOf, USER_PASSWORD } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type Hop, Visitor } from '../../support/visitor.js';

/** A second factor that takes one fixed word, and stands in for whatever comes after the password. */
const wordFactor = `{
  id: 'authenticator.word', requires: ['core.authentication'],
  setup: ({ contribute }) => contribute(Authenticators, 'WordFactor', {
    name: 'WordFactor', displayName: 'Word', kind: 'LOCAL', tags: ['MFA'], needsUser: true,
    begin: async () => ({ page: 'word', fields: [{ name: 'word', type: 'text', label: 'word' }] }),
    verify: async ({ user }, input) => user && input.word === 'open sesame'
      ? { outcome: 'authenticated', user } : { outcome: 'rejected', code: 'word.wrong', reason: 'bad_word' },
  }),
}`;
const basic = { idp: 'LOCAL', authenticator: 'BasicAuthenticator' };
const identifier = { idp: 'LOCAL', authenticator: 'IdentifierExecutor' };
const word = { idp: 'LOCAL', authenticator: 'WordFactor' };

describe('sequences of steps', () => {
  let server: TestServer;
  before(async () => {
    const folder = pluginFolder(wordFactor, "import { Authenticators } from 'gatehouse/authentication';");
    server = await startTestServer({ plugins: { folders: [folder] } });
    await createUser(server, 'alice');
    await createUser(server, 'bob');
  });
  after(() => server?.stop());

  type Option = typeof basic;
  const appWith = (...options: Option[][]) =>
    sequence({ type: 'USER_DEFINED', steps: options.map((list, index) => ({ id: index + 1, options: list })) });
  const sequence = (authenticationSequence: Record<string, unknown>) =>
    createApp(server, { application: { advancedConfigurations: { skipLoginConsent: true }, authenticationSequence } });
  const pageOf = (hop: Hop) => hop.location?.pathname.split('/').at(-1);
  const send = (visitor: Visitor, hop: Hop, fields: Record<string, string>) =>
    visitor.post('/commonauth', { sessionDataKey: hop.location?.searchParams.get('sessionDataKey') ?? '', ...fields });
  const password = { username: 'alice', password: USER_PASSWORD };
  const begin = (visitor: Visitor, app: TestApp, parameters: Record<string, string> = {}) =>
    visitor.get(app.authorizePath(parameters));

  it('1. type DEFAULT ignores steps that are supplied: username and password', async () => {
    const app = await sequence({ type: 'DEFAULT', steps: [{ id: 1, options: [word] }] });
    const hop = await begin(new Visitor(server), app);
    expect(hop.location?.searchParams.get('authenticators')).to.equal('BasicAuthenticator:LOCAL');
  });

  const refused: readonly [string, Record<string, unknown>, RegExp][] = [
    [
      '2. step ids 1 and 3',
      {
        steps: [
          { id: 1, options: [basic] },
          { id: 3, options: [word] },
        ],
      },
      /Step ids need to be consecutive/,
    ],
    ['no steps', { steps: [] }, /at least one step/],
    ['a step without options', { steps: [{ id: 1, options: [] }] }, /at least one authenticator/],
  ];
  for (const [title, given, message] of refused) {
    it(`${title} are refused when the application is saved`, async () => {
      const error = (await sequence({ type: 'USER_DEFINED', ...given }).catch((reason: unknown) => reason)) as {
        status: number;
        description: string;
      };
      expect(error.status).to.equal(400);
      expect(error.description).to.match(message);
    });
  }

  it('3. subjectStepId 5 with 2 steps becomes 1; steps are sorted', async () => {
    const steps = [
      { id: 2, options: [word] },
      { id: 1, options: [basic] },
    ];
    const app = await sequence({ type: 'USER_DEFINED', steps, subjectStepId: 5, attributeStepId: 0 });
    const { authenticationSequence } = app.application.settings;
    expect(authenticationSequence).to.include({ subjectStepId: 1, attributeStepId: 1 });
    expect(authenticationSequence.steps.map(({ id }) => id)).to.deep.equal([1, 2]);
  });

  it('of two steps both have to be passed', async () => {
    const app = await appWith([basic], [word]);
    const visitor = new Visitor(server);
    const second = await send(visitor, await begin(visitor, app), password);
    expect(pageOf(second)).to.equal('word.do');
    expect(second.location?.searchParams.get('authenticators')).to.equal('WordFactor:LOCAL');
    expect(visitor.cookie('commonAuthId')).to.equal(undefined);
    const wrong = await send(visitor, second, { word: 'abracadabra' });
    expect(wrong.location?.searchParams.get('authFailureMsg')).to.equal('word.wrong');
    const back = await send(visitor, wrong, { word: 'open sesame' });
    const done = await visitor.follow(back);
    const { id } = tokensOf(await app.redeem(done.location?.searchParams.get('code') ?? ''));
    expect(decodeJwt(id)['amr']).to.deep.equal(['BasicAuthenticator', 'WordFactor']);
  });

  it('the second step cannot be reached with the key of the first', async () => {
    const app = await appWith([basic], [word]);
    const visitor = new Visitor(server);
    const first = await begin(visitor, app);
    for (const fields of [
      { word: 'open sesame' },
      { word: 'open sesame', authenticator: 'WordFactor', idp: 'LOCAL' },
      { word: 'open sesame', step: '1' },
    ] as Record<string, string>[]) {
      const hop = await send(visitor, first, fields);
      expect(pageOf(hop)).to.equal('login.do');
      expect(visitor.cookie('commonAuthId')).to.equal(undefined);
    }
  });

  it('ten wrong answers in the second step end the sign-in', async () => {
    const app = await appWith([basic], [word]);
    const visitor = new Visitor(server);
    let hop = await send(visitor, await begin(visitor, app), password);
    for (let n = 0; n < 9; n++) {
      hop = await send(visitor, hop, { word: 'wrong' });
      expect(pageOf(hop)).to.equal('word.do');
    }
    const key = hop;
    hop = await send(visitor, key, { word: 'wrong' });
    expect(hop.location?.searchParams.get('error')).to.equal('access_denied');
    expect(pageOf(await send(visitor, key, { word: 'open sesame' }))).to.equal('retry.do');
  });

  it('wrong answers count however many are sent at once', async () => {
    const app = await appWith([basic], [word]);
    const visitor = new Visitor(server);
    const second = await send(visitor, await begin(visitor, app), password);
    await Promise.all(Array.from({ length: 30 }, () => send(visitor.twin(), second, { word: 'wrong' })));
    const late = await send(visitor, second, { word: 'open sesame' });
    expect(late.location?.searchParams.has('code')).to.equal(false);
    expect(visitor.cookie('commonAuthId')).to.equal(undefined);
    expect(pageOf(await send(visitor, second, { word: 'open sesame' }))).to.equal('retry.do');
  });

  it('a wrong answer does not bring back a sign-in that is over', async () => {
    const app = await appWith([basic], [word]);
    const visitor = new Visitor(server);
    const second = await send(visitor, await begin(visitor, app), password);
    const twin = visitor.twin();
    const store = server.server.container.get(StateStoreToken);
    const { update } = store;
    // The wrong answer is looked at; before it is counted, the right one finishes the sign-in.
    store.update = async (key, change) => {
      store.update = update;
      await send(visitor, second, { word: 'open sesame' });
      return update.call(store, key, change as never) as never;
    };
    const slow = await send(twin, second, { word: 'wrong' });
    expect(visitor.cookie('commonAuthId')).not.to.equal(undefined);
    expect(pageOf(slow)).to.equal('retry.do');
    expect(pageOf(await send(twin, second, { word: 'open sesame' }))).to.equal('retry.do');
  });

  it('a finished sign-in cannot be finished again', async () => {
    const app = await appWith([basic], [word]);
    const visitor = new Visitor(server);
    const second = await send(visitor, await begin(visitor, app), password);
    const twins = Array.from({ length: 10 }, () => visitor.twin());
    const hops = await Promise.all(twins.map((twin) => send(twin, second, { word: 'open sesame' })));
    expect(hops.filter((hop) => hop.location?.pathname === '/oauth2/authorize')).to.have.length(1);
  });

  it('identifier first, then the password of that user', async () => {
    const app = await appWith([identifier], [basic]);
    const visitor = new Visitor(server);
    const first = await begin(visitor, app);
    expect(first.location?.searchParams.get('authenticators')).to.equal('IdentifierExecutor:LOCAL');
    const second = await send(visitor, first, { username: 'alice' });
    expect(pageOf(second)).to.equal('login.do');
    expect(second.location?.searchParams.get('authenticators')).to.equal('BasicAuthenticator:LOCAL');
    expect(second.location?.searchParams.get('authFailure')).to.equal(null);
    const done = await visitor.follow(await send(visitor, second, { password: USER_PASSWORD }));
    expect(done.location?.searchParams.has('code')).to.equal(true);
  });

  it('the name that was given first cannot be changed with the password', async () => {
    const app = await appWith([identifier], [basic]);
    const visitor = new Visitor(server);
    const second = await send(visitor, await begin(visitor, app), { username: 'nobody' });
    const hop = await send(visitor, second, { username: 'alice', password: USER_PASSWORD });
    expect(hop.location?.searchParams.get('authFailureMsg')).to.equal('login.fail.message');
  });

  it('identifier first does not tell who exists, and alone authenticates nobody', async () => {
    const app = await appWith([identifier], [basic]);
    const hops = await Promise.all(
      ['alice', 'nobody'].map(async (username) => {
        const visitor = new Visitor(server);
        const { location } = await send(visitor, await begin(visitor, app), { username });
        location?.searchParams.delete('sessionDataKey');
        return location?.href;
      }),
    );
    expect(hops[0]).to.equal(hops[1]);
    const alone = await appWith([identifier]).catch((reason: unknown) => reason);
    expect(alone).to.include({ status: 400 });
  });

  it('identifier first without a name asks again', async () => {
    const app = await appWith([identifier], [basic]);
    const visitor = new Visitor(server);
    const hop = await send(visitor, await begin(visitor, app), { username: '  ' });
    expect(hop.location?.searchParams.get('authFailureMsg')).to.equal('username.missing');
  });

  it('of several options any one will do, and the page offers them all', async () => {
    const app = await appWith([basic], [word, basic]);
    const visitor = new Visitor(server);
    const second = await send(visitor, await begin(visitor, app), password);
    expect(second.location?.searchParams.get('authenticators')).to.equal('WordFactor:LOCAL;BasicAuthenticator:LOCAL');
    const chosen = await send(visitor, second, { authenticator: 'BasicAuthenticator', idp: 'LOCAL' });
    expect(pageOf(chosen)).to.equal('login.do');
    const done = await visitor.follow(await send(visitor, chosen, { password: USER_PASSWORD }));
    expect(done.location?.searchParams.has('code')).to.equal(true);
  });

  it('an option can be chosen by a link as well, and another after a failure', async () => {
    const app = await appWith([basic], [word, basic]);
    const visitor = new Visitor(server);
    const second = await send(visitor, await begin(visitor, app), password);
    const sessionDataKey = second.location?.searchParams.get('sessionDataKey') ?? '';
    const query = new URLSearchParams({ sessionDataKey, authenticator: 'BasicAuthenticator', idp: 'LOCAL' });
    const chosen = await visitor.get(`/commonauth?${query}`);
    expect(pageOf(chosen)).to.equal('login.do');
    const failed = await send(visitor, chosen, { password: 'wrong' });
    expect(failed.location?.searchParams.get('authFailure')).to.equal('true');
    const other = await send(visitor, failed, { authenticator: 'WordFactor', idp: 'LOCAL', word: 'open sesame' });
    expect((await visitor.follow(other)).location?.searchParams.has('code')).to.equal(true);
  });

  it('an option that is not among those of the step is not taken', async () => {
    const app = await appWith([basic], [word]);
    const visitor = new Visitor(server);
    const second = await send(visitor, await begin(visitor, app), password);
    for (const authenticator of ['BasicAuthenticator', 'IdentifierExecutor', '__proto__', 'constructor']) {
      const hop = await send(visitor, second, { authenticator, idp: 'LOCAL', ...password });
      expect(hop.location?.searchParams.get('authFailureMsg')).to.equal('word.wrong');
    }
  });

  it('an account that is locked between two steps gets nothing', async () => {
    const app = await appWith([basic], [word]);
    const { orgId, id } = await createUser(server, 'locked-meanwhile');
    const visitor = new Visitor(server);
    const second = await send(visitor, await begin(visitor, app), { ...password, username: 'locked-meanwhile' });
    expect(pageOf(second)).to.equal('word.do');
    const users = server.server.container.get(UserServiceToken);
    await users.writeClaims(orgId, id, { [claimUri('identity/accountLocked')]: ['true'] });
    const hop = await send(visitor, second, { word: 'open sesame' });
    expect(hop.location?.searchParams.get('error')).to.equal('access_denied');
    expect(visitor.cookie('commonAuthId')).to.equal(undefined);
  });

  it('a session of one step asks only for the other', async () => {
    const [one, two] = [await createApp(server), await appWith([basic], [word])];
    const visitor = new Visitor(server);
    await one.code('alice', {}, visitor);
    const hop = await begin(visitor, two);
    expect(pageOf(hop)).to.equal('word.do');
    expect(
      (await visitor.twin().get(two.authorizePath({ prompt: 'none' }))).location?.searchParams.get('error'),
    ).to.equal('login_required');
    const done = await visitor.follow(await send(visitor, hop, { word: 'open sesame' }));
    expect(done.location?.searchParams.has('code')).to.equal(true);
    expect((await begin(visitor, two)).location?.searchParams.has('code')).to.equal(true);
  });

  it('a step counts as satisfied by any of its options', async () => {
    const [one, two] = [await createApp(server), await appWith([basic], [word, basic])];
    const visitor = new Visitor(server);
    await one.code('alice', {}, visitor);
    expect((await begin(visitor, two)).location?.searchParams.has('code')).to.equal(true);
  });

  it('a remembered session stays remembered when a further step is asked for', async () => {
    const [one, two] = [await createApp(server), await appWith([basic], [word])];
    const visitor = new Visitor(server);
    await one.visit(visitor, {}, { username: 'alice', form: { chkRemember: 'on' } });
    const { cookies } = await send(visitor, await begin(visitor, two), { word: 'open sesame' });
    expect(cookies.find((line) => line.startsWith('commonAuthId='))).to.contain('; Max-Age=');
  });

  it('of different users in two steps nothing comes', async () => {
    const app = await appWith([basic], [basic]);
    const visitor = new Visitor(server);
    const second = await send(visitor, await begin(visitor, app), password);
    const hop = await send(visitor, second, { username: 'bob', password: `${USER_PASSWORD}x` });
    expect(visitor.cookie('commonAuthId')).to.equal(undefined);
    expect(hop.location?.searchParams.get('authFailure')).to.equal('true');
  });
});

it('with ValidateUsername identifier first refuses unknown names at once', async () => {
  const server = await startTestServer({
    toml: '[authentication.authenticator.user_identifier.parameters]\nValidateUsername = true',
  });
  try {
    const steps = [
      { id: 1, options: [identifier] },
      { id: 2, options: [basic] },
    ];
    const app = await createApp(server, { application: { authenticationSequence: { type: 'USER_DEFINED', steps } } });
    const visitor = new Visitor(server);
    const page = await visitor.get(app.authorizePath());
    const sessionDataKey = page.location?.searchParams.get('sessionDataKey') ?? '';
    const hop = await visitor.post('/commonauth', { sessionDataKey, username: 'nobody' });
    expect(hop.location?.searchParams.get('authFailureMsg')).to.equal('user.unknown');
  } finally {
    await server.stop();
  }
});
