import { expect } from 'chai';
import { ConfigurationError } from '#core/kernel';
import { failureOf } from '../../../support/failures.js';
import { FakeDirectories } from '../../../support/fake-directory.js';
import { startTestServer } from '../../../support/test-server.js';

const URL_OF = 'ldap://x.test';
const kind = `[user_store]\ntype = "fixture_directory"\n`;

describe('[user_store]', () => {
  /** What the store was opened with. */
  const opened = async (toml: string) => {
    const directories = new FakeDirectories();
    const server = await startTestServer({ plugins: { folders: [directories.plugin()] }, toml });
    await server.stop();
    const { logger: _, ...rest } = directories.openings[0] ?? {};
    return rest;
  };
  /** What is wrong with it, without the place in the file: tests write the file anew. */
  const problems = async (toml: string, env: Readonly<Record<string, string>> = {}) => {
    const directories = new FakeDirectories();
    const error = await failureOf(() => startTestServer({ plugins: { folders: [directories.plugin()] }, toml, env }));
    expect(directories.openings).to.deep.equal([]);
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map((problem) => problem.replace(/^deployment\.toml:\d+ /, ''));
  };
  const usual = {
    connection_url: URL_OF,
    connection_password: '',
    user_search_base: 'ou=Users',
    group_search_base: 'ou=Groups',
    read_only: false,
    page_size: 100,
    domain: 'PRIMARY',
  };

  it('takes keys in snake case and in camel case, numbers and booleans also as text', async () => {
    const forms = [
      `connection_url = "${URL_OF}"\npage_size = 7\nread_only = true`,
      `connectionUrl = "${URL_OF}"\npageSize = "7"\nreadOnly = "true"`,
    ];
    for (const form of forms)
      expect(await opened(kind + form), form).to.deep.include({ ...usual, page_size: 7, read_only: true });
  });

  it('takes published names below properties, dotted or as a table, and they win', async () => {
    const forms = [
      `connection_url = "ldap://other.test"\nproperties.ConnectionURL = "${URL_OF}"\nproperties.PageSize = 7`,
      `connection_url = "ldap://other.test"\n[user_store.properties]\nconnectionurl = "${URL_OF}"\nPageSize = "7"`,
    ];
    for (const form of forms) expect(await opened(kind + form), form).to.deep.include({ ...usual, page_size: 7 });
  });

  it('takes what the contract has and this server does not need', async () => {
    const form = `connection_url = "${URL_OF}"\nuser_roles_cache_enabled = true\nproperties.UniqueID = "x"`;
    expect(await opened(kind + form)).to.deep.include(usual);
  });

  it('makes search bases of base_dn, but for those that are given', async () => {
    const form = `connection_url = "${URL_OF}"\nbase_dn = "dc=x"\nproperties.GroupSearchBase = "ou=teams"`;
    expect(await opened(kind + form)).to.deep.include({
      user_search_base: 'ou=Users,dc=x',
      group_search_base: 'ou=teams',
    });
  });

  it('refuses what is wrong, at the place where it stands, with the nearest name', async () => {
    const toml = `${kind}connection_ur = "x"\npage_size = "many"\nusers = 1\n[user_store.properties]\nReadOnly = 7\nPageSise = 1\nNonsense = 1`;
    expect(await problems(toml)).to.have.members([
      '[user_store] connection_ur: unknown key; did you mean "connection_url"? (core.users)',
      '[user_store] users: unknown key; known: connection_password, connection_url, group_search_base, page_size, read_only, user_search_base (core.users)',
      '[user_store] connection_url: expected string, but it is missing (core.users)',
      '[user_store] page_size: expected number, got "many" (core.users)',
      '[user_store.properties] ReadOnly: expected true or false, got 7 (core.users)',
      '[user_store.properties] PageSise: unknown property; did you mean "PageSize"? (core.users)',
      '[user_store.properties] Nonsense: unknown property; known: ConnectionPassword, ConnectionURL, PageSize, ReadOnly, UserSearchBase (core.users)',
    ]);
  });

  it('never prints a secret, wherever it stands', async () => {
    const toml = `${kind}connection_url = "${URL_OF}"\npage_size = "$env{PAGES}"\n[user_store.properties]\nConnectionPassword = 4711`;
    const found = (await problems(toml, { PAGES: 'from-outside' })).join('\n');
    expect(found).to.contain(
      '[user_store.properties] ConnectionPassword: expected string, got a value that is not shown',
    );
    expect(found).not.to.contain('4711').and.not.to.contain('from-outside');
  });

  it('names the kinds that there are when the type is wrong', async () => {
    const [problem] = await problems('[user_store]\ntype = "oracle"');
    expect(problem).to.match(/^\[user_store\] type: there is no user store "oracle"; known: .*fixture_directory/);
  });

  it('knows the older names of kinds', async () => {
    const server = await startTestServer({ toml: '[user_store]\ntype = "database"' });
    try {
      expect((await server.api('GET', '/api/server/v1/userstores')).status).to.equal(200);
    } finally {
      await server.stop();
    }
  });
});
