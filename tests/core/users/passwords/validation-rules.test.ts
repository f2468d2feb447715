import { expect } from 'chai';
import { type UserService, UserServiceToken } from '#core/users';
import { failureOf } from '../../../support/failures.js';
import { CONNECTORS, govern } from '../../../support/governance.js';
import { createUser, superPlace } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const BASE = '/api/server/v1/validation-rules';

const rule = (validator: string, values: Readonly<Record<string, string | number>>) => ({
  validator,
  properties: Object.entries(values).map(([key, value]) => ({ key, value })),
});

describe('validation rules', () => {
  let server: TestServer;
  let users: UserService;
  let count = 0;
  before(async () => {
    server = await startTestServer({ toml: '[input_validation.username]\nenabled = true' });
    users = server.server.container.get(UserServiceToken);
  });
  after(() => server?.stop());

  const put = (body: object) => server.api(`PUT`, `${BASE}/password`, body);
  const code = async (body: object) => {
    const answer = await put(body);
    return [answer.status, answer.body['code']];
  };
  /** Tries a password as a user's own new one; undefined when it is taken. */
  const attempt = async (password: string) => {
    const { orgId, id } = await createUser(server, `rules-${++count}`);
    try {
      await users.setPassword(orgId, id, password, 'user');
      return undefined;
    } catch (error) {
      return (error as { code?: string; description?: string }) ?? {};
    }
  };
  const description = async (password: string) => (await attempt(password))?.description;

  it('ask for eight characters, among them a digit, a capital, a small letter and a special one, unless changed', async () => {
    const { body } = await server.api<{ field: string; rules: { validator: string; properties: object[] }[] }[]>(
      'GET',
      BASE,
    );
    expect(body.map(({ field }) => field)).to.deep.equal(['password', 'username']);
    expect(body[0]?.rules.map(({ validator }) => validator)).to.deep.equal([
      'LengthValidator',
      'NumeralValidator',
      'UpperCaseValidator',
      'LowerCaseValidator',
      'SpecialCharacterValidator',
    ]);
    expect(body[0]?.rules[0]?.properties).to.deep.equal([
      { key: 'min.length', value: '8' },
      { key: 'max.length', value: '64' },
    ]);
    expect(await description('Sh0rt!x')).to.equal('The minimum length of password should be 8.');
    expect(await description('No-digit-here')).to.contain('numerals');
    expect(await description('no-capital-1')).to.contain('upper case');
    expect(await description('NO-SMALL-1')).to.contain('lower case');
    expect(await description('NoSpecial11')).to.contain('special characters');
    expect(await attempt('Good-enough-1')).to.equal(undefined);
    expect((await attempt('no-capital-1'))?.code).to.equal('20035');
  });

  it('count characters, not bytes, of every script, and take spaces and long phrases', async () => {
    for (const password of [
      'Ünïcödé 1 päss',
      'Пароль-номер-7',
      `A1 ${'long phrase '.repeat(5)}`.trim(),
      'Emoji 🙂🙂 Aa1',
    ])
      expect(await attempt(password), password).to.equal(undefined);
    expect(await description(`Aa1-${'x'.repeat(61)}`)).to.equal('The maximum length of password should be 64.');
    expect(await description('Aa1-🙂🙂')).to.contain('should be 8');
    expect(await description('Aa1-bcdefg\0'), 'a null character').to.contain('cannot be typed');
    expect(await description('   Aa1-x   '), 'blanks at the ends make it no longer').to.contain('should be 8');
  });

  it('leave a password as it was typed, with its blanks', async () => {
    const { orgId, id, username } = await createUser(server, `rules-${++count}`);
    await users.setPassword(orgId, id, '  Blanks-at-1-ends ', 'user');
    const outcome = async (password: string) => (await users.authenticate(orgId, username, password)).outcome;
    expect([await outcome('  Blanks-at-1-ends '), await outcome('Blanks-at-1-ends')]).to.deep.equal([
      'authenticated',
      'rejected',
    ]);
  });

  it('[A22] are rules or regular expressions, not both', async () => {
    const rules = [rule('LengthValidator', { 'min.length': 5, 'max.length': 15 })];
    const regEx = [rule('JsRegExValidator', { regex: '^.{5,}$' })];
    expect(await code({ rules, regEx })).to.deep.equal([400, 'IVM-60020']);
    expect(await code({})).to.deep.equal([400, 'IVM-60001']);
    const answer = await put({ rules });
    expect(answer.status).to.equal(200);
    expect(answer.body).to.deep.equal({
      field: 'password',
      rules: [
        {
          validator: 'LengthValidator',
          properties: [
            { key: 'min.length', value: '5' },
            { key: 'max.length', value: '15' },
          ],
        },
      ],
    });
    expect((await put({ regEx })).body).to.have.property('regEx');
    expect((await server.api('POST', `${BASE}/revert`, { fields: ['password'] })).status).to.equal(200);
    expect((await server.api<{ rules: object[] }>('GET', `${BASE}/password`)).body.rules).to.have.length(5);
  });

  it('are refused with the published code when they make no sense', async () => {
    const cases: readonly (readonly [object, string])[] = [
      [{ rules: [rule('LengthValidator', { 'min.length': 9, 'max.length': 8 })] }, '60003'],
      [{ rules: [rule('LengthValidator', { 'max.length': 5000 })] }, '60023'],
      [{ rules: [rule('LengthValidator', { 'min.length': 'x' })] }, '60017'],
      [{ rules: [rule('LengthValidator', { length: 5 })] }, '60018'],
      [{ rules: [rule('NoValidator', {})] }, '60019'],
      [{ rules: [rule('JsRegExValidator', { regex: 'x' })] }, '60019'],
      [{ rules: [rule('EmailFormatValidator', { 'enable.validator': 'true' })] }, '60022'],
      [{ regEx: [rule('JsRegExValidator', { regex: '(' })] }, '60002'],
      [{ regEx: [rule('JavaRegExValidator', {})] }, '60026'],
    ];
    for (const [body, expected] of cases)
      expect(await code(body), JSON.stringify(body)).to.deep.equal([400, `IVM-${expected}`]);
    expect((await server.api('GET', `${BASE}/shoe-size`)).body['code']).to.equal('IVM-60004');
    expect((await server.api('PUT', BASE, [{ field: 'password' }])).body['code']).to.equal('IVM-60001');
    expect((await server.api('PUT', BASE, { field: 'password' })).status).to.equal(400);
    const both = ['AlphanumericFormatValidator', 'EmailFormatValidator'].map((name) =>
      rule(name, { 'enable.validator': 'true' }),
    );
    expect((await server.api('PUT', `${BASE}/username`, { rules: both })).body['code']).to.equal('IVM-60027');
  });

  it('hold as they are set: each validator', async () => {
    const cases: readonly (readonly [string, Readonly<Record<string, string>>, string, string])[] = [
      ['LengthValidator', { 'min.length': '12' }, 'twelve-chars', 'eleven-char'],
      ['NumeralValidator', { 'min.length': '2', 'max.length': '3' }, 'password12', 'password1234'],
      ['UpperCaseValidator', { 'max.length': '1' }, 'Password', 'PAssword'],
      ['LowerCaseValidator', { 'min.length': '3' }, 'PASSWabc', 'PASSWOab'],
      ['SpecialCharacterValidator', { 'max.length': '1' }, 'password!', 'password!!'],
      ['UniqueCharacterValidator', { 'min.unique.character': '4' }, 'aabbccdd', 'aabbccaa'],
      ['RepeatedCharacterValidator', { 'max.consecutive.character': '2' }, 'aabbaabb', 'aaabbaab'],
    ];
    for (const [validator, values, good, bad] of cases) {
      expect((await put({ rules: [rule(validator, values)] })).status, validator).to.equal(200);
      expect(await attempt(good), `${validator} ${good}`).to.equal(undefined);
      expect((await attempt(bad))?.code, `${validator} ${bad}`).to.equal('20035');
    }
    for (const regEx of [
      rule('JsRegExValidator', { regex: '^[a-z ]{8,}$' }),
      rule('JavaRegExValidator', { 'java.regex': '^[a-z ]{8,}$' }),
    ]) {
      expect((await put({ regEx: [regEx] })).status).to.equal(200);
      expect([await attempt('only small letters'), (await attempt('Not only small'))?.code]).to.deep.equal([
        undefined,
        '20035',
      ]);
    }
    await server.api('POST', `${BASE}/revert`, { fields: ['password', 'username'] });
  });

  it('of a pattern look at the whole password, not at some part of it', async () => {
    expect((await put({ regEx: [rule('JsRegExValidator', { regex: '[a-z]{8,}' })] })).status).to.equal(200);
    expect(await description('only-the-end-is-lowercase')).to.contain('pattern');
    expect(await attempt('lowercase')).to.equal(undefined);
  });

  it('of a pattern that never comes to an end refuse, and do not stop the server', async () => {
    const nested = await put({ regEx: [rule('JsRegExValidator', { regex: '^(a+)+$' })] });
    expect([nested.status, nested.body['code']]).to.deep.equal([400, 'IVM-60002']);
    expect((await put({ regEx: [rule('JsRegExValidator', { regex: '^(a|a)+$' })] })).status).to.equal(200);
    expect((await attempt(`${'a'.repeat(40)}!`))?.code).to.equal('20035');
    await server.api('POST', `${BASE}/revert`, { fields: ['password'] });
  });

  it('hold for new users whom an administrator makes, for names and passwords, and nothing is made', async () => {
    const create = (username: string, password: string) =>
      users.create(superPlace.orgId, { username, password, by: 'administrator' });
    expect(await failureOf(() => create('newcomer', 'weak-weak'))).to.include({ code: '20035', status: 400 });
    expect(await users.findByUsername(superPlace.orgId, 'newcomer')).to.equal(undefined);
    expect(await failureOf(() => create('new comer', 'Good-enough-1'))).to.include({ code: '20045' });
    expect((await create('newcomer', 'Good-enough-1')).username).to.equal('newcomer');
  });

  it('beside them the older policy holds where it is switched on', async () => {
    await govern(server, CONNECTORS.policy, {
      'passwordPolicy.enable': 'true',
      'passwordPolicy.min.length': '10',
      'passwordPolicy.max.length': '20',
      'passwordPolicy.pattern': '^[^x]*$',
      'passwordPolicy.errorMsg': 'No x, please.',
    });
    expect(await description('Ab1-shorr')).to.contain('10 to 20');
    expect(await description('Ab1-much-longer-than-that')).to.contain('10 to 20');
    expect(await description('Ab1-extraordinary')).to.equal('No x, please.');
    expect(await attempt('Ab1-remarkable')).to.equal(undefined);
    await govern(server, CONNECTORS.policy, { 'passwordPolicy.enable': 'false' });
  });

  it('are made of validators that the server describes', async () => {
    const { body } = await server.api<{ name: string; type: string; properties: { name: string }[] }[]>(
      'GET',
      `${BASE}/validators`,
    );
    expect(body).to.have.length(11);
    expect(body[0]).to.deep.include({ name: 'LengthValidator', type: 'RULE' });
    expect(body[0]?.properties.map(({ name }) => name)).to.deep.equal(['min.length', 'max.length']);
  });

  it('can be read by everybody who has signed in, and changed only with the scope', async () => {
    await createUser(server, 'reader');
    const headers = { authorization: `Basic ${btoa('reader:Correct-horse-1')}`, 'content-type': 'application/json' };
    expect((await server.fetch(BASE, { headers })).status).to.equal(200);
    const change = {
      method: 'PUT',
      headers,
      body: JSON.stringify({ rules: [rule('LengthValidator', { 'min.length': 1 })] }),
    };
    expect((await server.fetch(`${BASE}/password`, change)).status).to.equal(403);
    expect((await server.fetch(BASE)).status).to.equal(401);
  });
});
