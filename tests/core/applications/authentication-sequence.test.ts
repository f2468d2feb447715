import { expect } from 'chai';
import { checkedSequence } from '../../../core/applications/authentication-sequence.js';
import { pluginFolder } from '../../support/kernels.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type ApiFailure, apiAs, callerWith } from './application-api.js';

const local = (authenticator: string) => ({ idp: 'LOCAL', authenticator });
const step = (id: number, ...names: string[]) => ({ id, options: names.map(local) });

/** Needs a user from an earlier step, as TOTP does. */
const secondFactor = `{ id: 'test.second', setup: ({ contribute }) => contribute(Authenticators, 'second', {
  name: 'second', displayName: 'Second factor', kind: 'LOCAL', tags: [], needsUser: true,
  begin: async () => ({ page: 'login', fields: [] }), verify: async () => ({ outcome: 'continue' }) }) }`;

describe('the authentication sequence of an application', () => {
  let server: TestServer;
  let api: ReturnType<typeof apiAs>;

  before(async function () {
    this.timeout(60_000);
    const folder = pluginFolder(secondFactor, "import { Authenticators } from 'gatehouse/authentication';");
    server = await startTestServer({ plugins: { folders: [folder] } });
    api = apiAs(server);
  });
  after(() => server.stop());

  const write = (sequence: unknown, name = 'sequence') => api.post('', { name, authenticationSequence: sequence });
  const sequenceOf = async (id: string) =>
    (await api.get<{ authenticationSequence: object }>(`/${id}`)).body.authenticationSequence;

  it('of the type DEFAULT ignores its steps', async () => {
    const id = await api.make('default', {
      authenticationSequence: { type: 'DEFAULT', steps: [step(3, 'nobody')], script: 'x' },
    });
    expect(await sequenceOf(id)).to.deep.include({ type: 'DEFAULT', steps: [], script: '' });
    const { body } = await api.get(`/${id}/authenticators`);
    const name = { name: 'Username & Password', type: 'BasicAuthenticator' };
    expect(body).to.deep.equal([{ stepId: 1, localAuthenticators: [name], federatedAuthenticators: [] }]);
  });

  it('is kept with its steps in order, and a subject step that is not there becomes the first', async () => {
    const sequence = {
      type: 'USER_DEFINED',
      steps: [step(2, 'second', 'BasicAuthenticator'), step(1, 'BasicAuthenticator')],
      subjectStepId: 5,
      attributeStepId: 2,
    };
    const id = await api.make('steps', { authenticationSequence: sequence });
    expect(await sequenceOf(id)).to.deep.include({
      steps: [step(1, 'BasicAuthenticator'), step(2, 'second', 'BasicAuthenticator')],
      subjectStepId: 1,
      attributeStepId: 2,
    });
    const { body } = await api.get<{ stepId: number; localAuthenticators: { type: string }[] }[]>(
      `/${id}/authenticators`,
    );
    expect(
      body.map(({ stepId, localAuthenticators }) => [stepId, localAuthenticators.map(({ type }) => type)]),
    ).to.deep.equal([
      [1, ['BasicAuthenticator']],
      [2, ['second', 'BasicAuthenticator']],
    ]);
  });

  it('loses its steps when it goes back to DEFAULT', async () => {
    const id = await api.make('back', {
      authenticationSequence: { type: 'USER_DEFINED', steps: [step(1, 'BasicAuthenticator')] },
    });
    expect((await api.patch(`/${id}`, { authenticationSequence: { type: 'DEFAULT' } })).status).to.equal(200);
    await api.patch(`/${id}`, { description: 'x' });
    expect(await sequenceOf(id)).to.deep.include({ type: 'DEFAULT', steps: [] });
  });

  const defined = (...steps: object[]) => ({ type: 'USER_DEFINED', steps });
  const wrong: [string, object, string][] = [
    ['no steps', defined(), 'at least one step'],
    [
      'a gap between steps',
      defined(step(1, 'BasicAuthenticator'), step(3, 'BasicAuthenticator')),
      'Step ids need to be consecutive',
    ],
    [
      'two steps with one id',
      defined(step(1, 'BasicAuthenticator'), step(1, 'BasicAuthenticator')),
      'Step ids need to be consecutive',
    ],
    ['a first step that is not 1', defined(step(2, 'BasicAuthenticator')), 'Step ids need to be consecutive'],
    ['a step without options', defined(step(1)), 'at least one authenticator'],
    ['an unknown authenticator', defined(step(1, 'nobody')), 'There is no local authenticator nobody'],
    ['a property of every object', defined(step(1, 'constructor')), 'There is no local authenticator constructor'],
    [
      'an unknown identity provider',
      defined({ id: 1, options: [{ idp: 'Google', authenticator: 'GoogleOIDCAuthenticator' }] }),
      'There is no identity provider Google',
    ],
    ['a second factor in the first step', defined(step(1, 'second')), 'needs a user'],
    ['only an identifier', defined(step(1, 'IdentifierExecutor')), 'cannot stand alone'],
    [
      'a request path authenticator',
      { ...defined(step(1, 'BasicAuthenticator')), requestPathAuthenticators: ['BasicAuthRequestPathAuthenticator'] },
      'BasicAuthRequestPathAuthenticator',
    ],
    [
      'a script, which would not run',
      { ...defined(step(1, 'BasicAuthenticator')), script: 'var onLoginRequest = function(context) {};' },
      'not supported',
    ],
    ['a step id that is a text', defined({ id: '1', options: [local('BasicAuthenticator')] }), 'steps.0.id'],
    ['another type', { type: 'MINE' }, 'type'],
  ];
  for (const [title, sequence, text] of wrong) {
    it(`is refused with ${title}`, async () => {
      const { status, body } = await write(sequence);
      expect([status, body['code']], JSON.stringify(body)).to.deep.equal([400, 'APP-60001']);
      expect(body['description']).to.contain(text);
    });
  }

  it('may begin with an identifier when a later step authenticates', async () => {
    const { status } = await write(defined(step(1, 'IdentifierExecutor'), step(2, 'BasicAuthenticator')), 'identifier');
    expect(status).to.equal(201);
  });

  describe('its script', () => {
    it('is left alone by a blank one', async () => {
      const id = await api.make('script', { authenticationSequence: defined(step(1, 'BasicAuthenticator')) });
      const before = await sequenceOf(id);
      expect((await api.put(`/${id}/authenticationSequence/script`, { script: ' ' })).status).to.equal(200);
      expect(await sequenceOf(id)).to.deep.equal(before);
    });

    it('is refused as long as nothing would run it, and on a DEFAULT sequence', async () => {
      const id = await api.make('script too', { authenticationSequence: defined(step(1, 'BasicAuthenticator')) });
      const other = await api.make('script of default');
      for (const target of [id, other]) {
        const { status, body } = await api.put<ApiFailure>(`/${target}/authenticationSequence/script`, {
          script: 'run()',
        });
        expect([status, body.code]).to.deep.equal([400, 'APP-60001']);
      }
    });

    it('needs a scope of its own', async () => {
      const caller = apiAs(server, await callerWith(server, 'editor', ['internal_application_mgt_update']));
      const id = await api.make('scoped script');
      expect((await caller.put(`/${id}/authenticationSequence/script`, { script: '' })).status).to.equal(403);
    });

    it('stays when an update brings a blank one', () => {
      const before = checkedSequence({
        type: 'USER_DEFINED',
        steps: [step(1, 'a')],
        requestPathAuthenticators: [],
        script: 'go()',
        subjectStepId: 1,
        attributeStepId: 1,
      });
      expect(checkedSequence({ ...before, script: '\n ' }, before).script).to.equal('go()');
      expect(checkedSequence({ ...before, script: 'stop()' }, before).script).to.equal('stop()');
    });
  });
});
