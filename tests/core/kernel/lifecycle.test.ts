import { expect } from 'chai';
import { BootError } from '#core/kernel';
import { failureOf } from '../../support/failures.js';
import { bootKernel, fixtureTree, pluginFolder, withFolders } from '../../support/kernels.js';

/** Where fixture plugins note what happens to them. */
const notes = globalThis as { fixtureNotes?: string[] };

/** A plugin that notes its start and stop; `start` and `stop` are further statements. */
const noting = (id: string, more: { requires?: string[]; start?: string; stop?: string } = {}) =>
  pluginFolder(`{ id: '${id}', requires: ${JSON.stringify(more.requires ?? [])}, setup: () => ({
    async start() { globalThis.fixtureNotes.push('start ${id}'); ${more.start ?? ''} },
    async stop() { globalThis.fixtureNotes.push('stop ${id}'); ${more.stop ?? ''} },
  }) }`);

const messageOf = async (...folders: string[]) => {
  const error = await failureOf(() => bootKernel({ toml: withFolders(...folders) }));
  expect(error).to.be.instanceOf(BootError);
  return error.message;
};

describe('the life of plugins', () => {
  beforeEach(() => {
    notes.fixtureNotes = [];
  });
  after(() => {
    delete notes.fixtureNotes;
  });

  it('starts in order of requirement and stops in exact reverse', async () => {
    const toml = withFolders(noting('c', { requires: ['b'] }), noting('b', { requires: ['a'] }), noting('a'));
    const kernel = await bootKernel({ toml });
    await kernel.start();
    await kernel.stop();
    const expected = ['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a'];
    expect(notes.fixtureNotes).to.deep.equal(expected);
    await kernel.stop();
    expect(notes.fixtureNotes, 'a second stop').to.deep.equal(expected);
  });

  it('names the whole circle of plugins that require each other', async () => {
    const circle = [
      noting('x', { requires: ['y'] }),
      noting('y', { requires: ['z'] }),
      noting('z', { requires: ['x'] }),
    ];
    expect(await messageOf(...circle)).to.equal('plugins require each other in a circle: x -> y -> z -> x');
    expect(await messageOf(noting('me', { requires: ['me'] }))).to.equal(
      'plugins require each other in a circle: me -> me',
    );
  });

  it('stops when something required is not there', async () => {
    expect(await messageOf(noting('a', { requires: ['ghost'] }))).to.equal(
      'plugin a requires ghost, which is not there',
    );
  });

  it('stops when something required is switched off', async () => {
    const needs = pluginFolder("{ id: 'receipts', requires: ['payment.card'] }");
    const toml = `${withFolders(needs)}[shop.payments.card]\nenable = false`;
    const error = await failureOf(() => bootKernel({ root: fixtureTree, toml }));
    expect(error.message).to.equal('plugin receipts requires payment.card, which is switched off (enable = false)');
  });

  it('needs no other setting of a plugin that is switched off, and leaves it out', async () => {
    for (const value of ['false', '"false"']) {
      const kernel = await bootKernel({ root: fixtureTree, toml: `[shop.payments.card]\nenable = ${value}` });
      const card = kernel.summaries().find(({ id }) => id === 'payment.card');
      expect(card?.enabled).to.equal(false);
    }
  });

  it('stops when setup throws, naming the plugin', async () => {
    const message = await messageOf(pluginFolder("{ id: 'bad', setup() { throw new Error('no room'); } }"));
    expect(message).to.equal('plugin bad cannot be set up: no room');
  });

  it('stops when setup is asynchronous', async () => {
    const message = await messageOf(pluginFolder("{ id: 'late', async setup() {} }"));
    expect(message).to.equal('plugin late cannot be set up: setup must be synchronous');
  });

  it('stops what had started, the failed one included, in reverse when a start throws', async () => {
    const failing = noting('b', { start: "throw new Error('port taken');" });
    const kernel = await bootKernel({ toml: withFolders(noting('a'), failing, noting('c')) });
    const error = await failureOf(() => kernel.start());
    expect(error).to.be.instanceOf(BootError);
    expect(error.message).to.equal('plugin b did not start: port taken');
    expect(notes.fixtureNotes).to.deep.equal(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('gives a start that hangs a time limit', async () => {
    const hanging = noting('slow', { start: 'await new Promise(() => {});' });
    const kernel = await bootKernel({ toml: withFolders(noting('a'), hanging), limitMs: 50 });
    const error = await failureOf(() => kernel.start());
    expect(error.message).to.equal('plugin slow did not start: start of slow took more than 50 ms');
    expect(notes.fixtureNotes).to.deep.equal(['start a', 'start slow', 'stop slow', 'stop a']);
  });

  it('stops all the others when a stop throws or hangs, then tells of each', async () => {
    const toml = withFolders(
      noting('a'),
      noting('b', { stop: "throw new Error('stuck');" }),
      noting('c', { stop: 'await new Promise(() => {});' }),
    );
    const kernel = await bootKernel({ toml, limitMs: 50 });
    await kernel.start();
    const error = await failureOf(() => kernel.stop());
    expect(error.message).to.contain('plugin b did not stop: stuck').and.to.contain('stop of c took more than 50 ms');
    expect(notes.fixtureNotes?.slice(3)).to.deep.equal(['stop c', 'stop b', 'stop a']);
  });

  it('refuses two contributions under one id, naming both plugins', async () => {
    const setup = "setup: ({ contribute }) => contribute({ id: 'things' }, 'one', {})";
    const message = await messageOf(pluginFolder(`{ id: 'p', ${setup} }`), pluginFolder(`{ id: 'q', ${setup} }`));
    expect(message).to.equal('plugin q cannot be set up: things "one" is claimed by both p and q');
  });

  it('lets plugins share a table, each with its own keys', async () => {
    const sharing = (id: string, key: string) =>
      pluginFolder(
        `{ id: '${id}', configPath: 'shared', configSchema: z.strictObject({ ${key}: z.string().default('-') }) }`,
        `import { z } from '${import.meta.resolve('zod')}';`,
      );
    const [p, q] = [sharing('p', 'one'), sharing('q', 'two')];
    const kernel = await bootKernel({ toml: `${withFolders(p, q)}[shared]\none = "1"\ntwo = "2"\n` });
    await kernel.start();
    await kernel.stop();
    const wrong = await failureOf(() => bootKernel({ toml: `${withFolders(p, q)}[shared]\nthree = "3"\n` }));
    expect(wrong.message).to.contain('unknown key').and.to.contain('p, q');
    const same = await bootKernel({ toml: `${withFolders(p, sharing('r', 'one'))}[shared]\none = "1"\n` });
    await same.start();
    await same.stop();
  });

  it('refuses a contribution after the boot', async () => {
    const late = pluginFolder(
      "{ id: 'late', setup: ({ contribute }) => ({ start: () => contribute({ id: 'things' }, 'one', {}) }) }",
      '',
    );
    const early = pluginFolder("{ id: 'early', setup: ({ contribute }) => contribute({ id: 'things' }, 'zero', {}) }");
    const kernel = await bootKernel({ toml: withFolders(early, late) });
    const error = await failureOf(() => kernel.start());
    expect(error.message).to.equal('plugin late did not start: things "one" was added after the boot by late');
    const unseen = pluginFolder(
      "{ id: 'x', setup: ({ contribute }) => ({ start: () => contribute({ id: 'new-point' }, 'one', {}) }) }",
    );
    const other = await bootKernel({ toml: withFolders(unseen) });
    expect((await failureOf(() => other.start())).message).to.contain('was added after the boot');
  });

  it('refuses settings that no enabled plugin declared', async () => {
    const message = await messageOf(
      pluginFolder("{ id: 'nosy', setup: ({ settings }) => settings({ path: 'server' }) }"),
    );
    expect(message).to.equal('plugin nosy cannot be set up: settings server were not declared by an enabled plugin');
  });
});
