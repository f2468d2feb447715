import { expect } from 'chai';
import type { UserStoreManager } from '#core/users';
import { readPrimarySettings } from '../../../../core/users/stores/primary-settings.js';
import type { LdapSettings } from '../../../../plugins/user-stores/ldap/settings/ldap-settings.js';
import type { LdapKind } from '../../../../plugins/user-stores/ldap/settings/property-definition.js';
import { primaryDefaultsOf, propertiesOf, schemaOf } from '../../../../plugins/user-stores/ldap/settings/schema.js';

const least = {
  connection_url: 'ldaps://one.example',
  connection_name: 'cn=admin,dc=x',
  connection_password: 'secret',
  base_dn: 'dc=x',
};
const kinds: readonly LdapKind[] = ['read-only', 'read-write', 'active-directory'];

const schemas = {
  'read-only': schemaOf({ kind: 'read-only', uniqueIds: true }),
  'read-write': schemaOf({ kind: 'read-write', uniqueIds: true }),
  'active-directory': schemaOf({ kind: 'active-directory', uniqueIds: true }),
};

function parsed(given: object, kind: LdapKind = 'read-write', uniqueIds = true): LdapSettings {
  return schemaOf({ kind, uniqueIds }).parse({ ...least, ...given });
}

/** `key: message` of what is wrong. */
function problems(given: object, kind: LdapKind = 'read-write'): readonly string[] {
  const result = schemas[kind].safeParse({ ...least, ...given });
  return (result.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('settings of the LDAP user stores', () => {
  it('have the published defaults', () => {
    const { connection, users, groups, values } = parsed({});
    expect(connection).to.deep.include({
      pooled: false,
      connectTimeout: 5000,
      readTimeout: 10_000,
      retryDelay: 120_000,
      startTls: false,
      referral: 'ignore',
    });
    expect(parsed({}, 'read-only').connection.pooled).to.equal(true);
    expect(users).to.deep.include({
      bases: ['ou=Users,dc=x'],
      objectClasses: ['identityPerson'],
      nameAttribute: 'uid',
      idAttribute: 'scimId',
      listLength: 100,
      caseInsensitive: true,
    });
    expect(groups).to.deep.include({
      bases: ['ou=Groups,dc=x'],
      objectClasses: ['groupOfNames'],
      nameAttribute: 'cn',
      membershipAttribute: 'member',
      memberOfAttribute: undefined,
      emptyAllowed: true,
      writable: true,
    });
    expect(values.separator).to.equal(',');
    const ad = parsed({}, 'active-directory');
    expect(ad.users).to.deep.include({ nameAttribute: 'cn', idAttribute: 'objectGuid', objectClasses: ['user'] });
    expect(ad.groups).to.deep.include({ memberOfAttribute: 'memberOf', range: 1500, idAttribute: 'objectGuid' });
    expect(ad.users.bases).to.deep.equal(['CN=Users,dc=x']);
    expect(parsed({ user_search_base: 'ou=Staff,dc=y' }, 'active-directory').users.bases).to.deep.equal([
      'ou=Staff,dc=y',
    ]);
    expect(ad.connection.referral).to.equal('follow');
    expect(ad.activeDirectory).to.deep.equal({ lightweight: false, accountControl: 512 });
  });

  it('have other defaults in deployment.toml than in secondary stores where the contract has', () => {
    const primary = (kind: LdapKind, given: object = {}): LdapSettings => {
      const store = { kind, uniqueIds: true };
      const settings = schemaOf(store);
      const manager: Partial<UserStoreManager> = {
        type: 'ldap',
        properties: propertiesOf(store),
        primaryDefaults: primaryDefaultsOf(store),
        settings,
      };
      return settings.parse(readPrimarySettings(manager as UserStoreManager, { ...least, ...given }).values);
    };
    const long = 'x'.repeat(50);
    for (const kind of kinds) {
      expect(primary(kind).users.nameRule.fits(long), kind).to.equal(true);
      expect(parsed({}, kind).users.nameRule.fits(long), kind).to.equal(false);
      expect(parsed({}, kind).users.nameRule.fits(long.slice(20)), kind).to.equal(true);
    }
    expect(primary('active-directory').groups.memberOfAttribute).to.equal(undefined);
    expect(primary('active-directory', { back_links_enabled: true }).groups.memberOfAttribute).to.equal('memberOf');
    expect(primary('active-directory', { properties: { BackLinksEnabled: 'true' } }).groups.memberOfAttribute).to.equal(
      'memberOf',
    );
    const shown = (name: string) =>
      propertiesOf({ kind: 'active-directory', uniqueIds: true }).find((one) => one.name === name)?.defaultValue;
    expect(shown('BackLinksEnabled')).to.equal('true');
    expect(shown('UsernameJavaRegEx')).to.equal('[a-zA-Z0-9._\\-|//]{3,30}$');
  });

  it('take each property by its key, as text as well', () => {
    for (const kind of kinds)
      for (const { key, defaultValue } of propertiesOf({ kind, uniqueIds: true })) {
        // Those that have to be given.
        if (
          [
            'connection_url',
            'connection_name',
            'connection_password',
            'user_search_base',
            'group_search_base',
            'base_dn',
          ].includes(key)
        )
          continue;
        expect(problems({ [key]: defaultValue }, kind), `${kind} ${key}`).to.deep.equal([]);
      }
    const named = parsed({ user_name_attribute: 'mail', max_user_name_list_length: '7', read_groups: 'false' });
    expect(named.users).to.include({ nameAttribute: 'mail', listLength: 7 });
    expect(named.groups.readable).to.equal(false);
    expect(parsed({ max_user_list: 5 }).users.listLength).to.equal(5);
  });

  it('list each property once, with the names of the published ones', () => {
    for (const kind of kinds) {
      const properties = propertiesOf({ kind, uniqueIds: true });
      expect(new Set(properties.map(({ key }) => key)).size).to.equal(properties.length);
      expect(new Set(properties.map(({ name }) => name)).size).to.equal(properties.length);
      const mandatory = properties.filter(({ need }) => need === 'mandatory').map(({ name }) => name);
      expect(mandatory).to.include.members([
        'ConnectionURL',
        'ConnectionName',
        'ConnectionPassword',
        'UserSearchBase',
        'UserNameAttribute',
        'UserNameSearchFilter',
        'UserNameListFilter',
        'UserIDAttribute',
        'UserIdSearchFilter',
      ]);
      expect(properties.find(({ name }) => name === 'ConnectionPassword')?.type).to.equal('password');
    }
    const legacy = propertiesOf({ kind: 'read-write', uniqueIds: false });
    expect(legacy.find(({ name }) => name === 'UserIDAttribute')).to.include({ need: 'optional', defaultValue: '' });
    expect(parsed({}, 'read-write', false).users.idAttribute).to.equal(undefined);
  });

  it('refuse what cannot be, with the reason', () => {
    const refused: readonly (readonly [object, RegExp])[] = [
      [{ connection_url: '' }, /connection_url: is required/],
      [{ connection_url: 'http://x' }, /connection_url: expected ldap/],
      [{ connection_url: 'ldap://user:pass@x' }, /without a name and a password/],
      [{ connection_url: 'ldap://x/dc=x' }, /servers only/],
      [{ connection_password: '' }, /a bind without a password proves nothing/],
      [{ connection_name: '' }, /connection_name: is required/],
      [{ base_dn: '' }, /user_search_base: is required/],
      [{ user_name_search_filter: '(uid=x)' }, /where the value belongs/],
      [{ user_name_list_filter: '(uid=?)' }, /without \?/],
      [{ user_name_search_filter: '(uid=?' }, /expected a filter/],
      [{ user_name_attribute: 'uid)(x' }, /name of an attribute/],
      [{ username_java_regex: '(' }, /regular expression/],
      [{ connection_retry_delay: 'soon' }, /expected a duration/],
      [{ read_timeout: '-1' }, /whole number/],
      [{ start_tls_enabled: 'yes' }, /true or false/],
      [{ start_tls_enabled: true }, /start_tls_enabled: is for ldap:\/\//],
      [{ referral: 'maybe' }, /follow, ignore, throw/],
      [{ user_dn_pattern: 'uid=x' }, /must contain \{0\}/],
      [{ date_and_time_pattern: 'MMM' }, /pattern of times/],
      [{ ca_file: '/nowhere/ca.pem' }, /ca_file: cannot be read/],
      [{ password_hash_method: 'SSHA' }, /only PLAIN_TEXT is possible/],
      [{ kdc_enabled: true }, /Kerberos/],
      [{ replace_escape_characters_at_user_login: false }, /not escaped/],
      [{ ldap_initial_context_factory: 'com.example.Factory' }, /no Java classes/],
      [{ user_account_control: 512 }, /user_account_control/],
      [{ conection_url: 'x' }, /conection_url/],
    ];
    for (const [given, message] of refused) expect(problems(given).join('\n'), JSON.stringify(given)).to.match(message);
    expect(problems({ start_tls_enabled: 'true', connection_url: 'ldap://a ldap://b:1389' })).to.deep.equal([]);
    expect(problems({ anonymous_bind: true, connection_name: '', connection_password: '' })).to.deep.equal([]);
  });

  it('match names from beginning to end, as Java does', () => {
    const { fits } = parsed({}).users.nameRule;
    expect(fits('alice')).to.equal(true);
    expect(fits('cn=x,alice')).to.equal(false);
    expect(fits('alice smith')).to.equal(false);
    const endless = parsed({ username_java_regex: '(a+)+' }).users.nameRule;
    expect(endless.fits(`${'a'.repeat(200)}!`), 'and not for ever').to.equal(false);
    expect(endless.fits('aaaa')).to.equal(true);
  });
});
