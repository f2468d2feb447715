import { expect } from 'chai';
import { parse } from 'yaml';
import { FakeDirectories } from '../../../support/fake-directory.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const STORES = '/api/server/v1/userstores';
const b64u = (text: string) => Buffer.from(text).toString('base64url');

describe('user stores as files', () => {
  const directories = new FakeDirectories();
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ plugins: { folders: [directories.plugin()] } });
    const made = await server.api('POST', STORES, store('FILED'));
    expect(made.status).to.equal(201);
  });
  after(() => server.stop());
  const store = (name: string, more: object = {}) => ({
    typeId: b64u('FixtureDirectoryManager'),
    name,
    description: 'R&D <1>',
    properties: [
      { name: 'ConnectionURL', value: 'ldap://x.test' },
      { name: 'ConnectionPassword', value: 'bind-4711' },
    ],
    ...more,
  });
  const exported = (accept: string | undefined) =>
    server.fetch(`${STORES}/${b64u('FILED')}/export`, {
      headers: { authorization: server.admin, ...(accept === undefined ? {} : { accept }) },
    });
  const upload = async (method: string, path: string, text: string, name = 'store.json', type = 'application/json') => {
    const form = new FormData();
    form.set('file', new File([text], name, { type }));
    const encoded = new Response(form);
    const headers = { authorization: server.admin, 'content-type': encoded.headers.get('content-type') ?? '' };
    const answer = await server.fetch(path, { method, headers, body: await encoded.text() });
    const body = await answer.text();
    return { status: answer.status, location: answer.headers.get('location'), body };
  };

  it('are written in three formats, without secrets', async () => {
    for (const [accept, type, extension] of [
      [undefined, 'application/yaml', 'yaml'],
      ['application/json', 'application/json', 'json'],
      ['text/yaml', 'text/yaml', 'yaml'],
      ['application/xml', 'application/xml', 'xml'],
    ] as const) {
      const answer = await exported(accept);
      expect(answer.status).to.equal(200);
      expect(answer.headers.get('content-type')).to.equal(`${type}; charset=utf-8`);
      expect(answer.headers.get('content-disposition')).to.equal(`attachment; filename="FILED.${extension}"`);
      const text = await answer.text();
      expect(text).to.contain('ENCRYPTED PROPERTY').and.not.to.contain('bind-4711');
      if (extension === 'xml') expect(text).to.contain('<description>R&amp;D &lt;1&gt;</description>');
      else expect(parse(text)).to.deep.include({ name: 'FILED', description: 'R&D <1>' });
    }
    expect((await exported('image/png')).status).to.equal(400);
  });

  it('are made and replaced from files', async () => {
    const made = await upload(
      'POST',
      `${STORES}/import`,
      JSON.stringify(store('NEW')),
      'store.yaml',
      'application/yaml',
    );
    expect([made.status, made.location]).to.deep.equal([201, `${server.origin}${STORES}/${b64u('NEW')}`]);
    const text = await (await exported('application/json')).text();
    const changed = text.replace('R&D <1>', 'Changed');
    const replaced = await upload('PUT', `${STORES}/${b64u('FILED')}/import`, changed);
    expect(replaced.status, replaced.body).to.equal(200);
    const { body } = await server.api('GET', `${STORES}/${b64u('FILED')}`);
    expect(body['description']).to.equal('Changed');
  });

  it('are taken in each format in which they are written', async () => {
    for (const [type, name, domain] of [
      ['application/json', 'store.json', 'OFJSON'],
      ['application/yaml', 'store.yml', 'OFYAML'],
      ['application/xml', 'store.xml', 'OFXML'],
    ] as const) {
      const text = await (await exported(type)).text();
      const replaced = await upload('PUT', `${STORES}/${b64u('FILED')}/import`, text, name, type);
      expect(replaced.status, replaced.body).to.equal(200);
      const other = text.replaceAll('FILED', domain).replaceAll('ENCRYPTED PROPERTY', 'bind-4712');
      const made = await upload('POST', `${STORES}/import`, other, name, 'application/octet-stream');
      expect([made.status, made.location], made.body).to.deep.equal([201, `${server.origin}${STORES}/${b64u(domain)}`]);
      const [one, two] = [
        (await server.api('GET', `${STORES}/${b64u('FILED')}`)).body,
        (await server.api('GET', `${STORES}/${b64u(domain)}`)).body,
      ];
      expect({ ...two, name: 'FILED' }).to.deep.equal(one);
    }
  });

  it('are refused when they cannot be read, or say what is wrong', async () => {
    for (const [text, name] of [
      ['{', 'store.json'],
      ['name: FILED\n', 'store.yaml'],
      ['<userStore/>', 'store.xml'],
      ['[]', 'store.json'],
      [JSON.stringify(store('A_B')), 'store.json'],
      [JSON.stringify(store('FILED')), 'store.json'],
    ] as const) {
      const { status, body } = await upload('POST', `${STORES}/import`, text, name, 'application/octet-stream');
      expect([status, (JSON.parse(body) as { code: string }).code], text).to.deep.equal([
        text.includes('"FILED"') ? 409 : 400,
        'SUS-60004',
      ]);
    }
    for (const [type, body] of [
      ['application/json', '{}'],
      ['multipart/form-data', 'x'],
      ['multipart/form-data; boundary=x', 'nothing'],
      ['multipart/form-data; boundary=x', '--x--'],
    ] as const) {
      const headers = { authorization: server.admin, 'content-type': type };
      const answer = await server.fetch(`${STORES}/import`, { method: 'POST', headers, body });
      expect(answer.status, `${type}: ${body}`).to.equal(400);
    }
  });
});
