import { expect } from 'chai';
import fc from 'fast-check';
import { EqualityFilter, FilterParser } from 'ldapts';
import { accountName, bindRefusal } from '../../../../plugins/user-stores/ldap/active-directory.js';
import { schemaOf } from '../../../../plugins/user-stores/ldap/directory/directory-schema.js';
import {
  comparable,
  escapedValue,
  firstRdn,
  isWithin,
  parentOf,
  rdnOf,
  withoutValue,
} from '../../../../plugins/user-stores/ldap/directory/distinguished-name.js';
import { shapeOf } from '../../../../plugins/user-stores/ldap/directory/operation-trace.js';
import { guidOfUuid, uuidOfGuid } from '../../../../plugins/user-stores/ldap/entries/guid.js';
import { generalizedTime, parseTimePattern } from '../../../../plugins/user-stores/ldap/entries/time-pattern.js';
import { FilterTemplate } from '../../../../plugins/user-stores/ldap/filters/filter-template.js';

describe('distinguished names of the LDAP user store', () => {
  it('escape every value so that it stays one value', () => {
    const values = ['cn=x,ou=y', 'a+b', 'a\\,b', ' led', 'trailing ', '#hash', 'a"b;c<d>', 'nul\0', 'Grüße 🦀', '='];
    for (const value of values) {
      const dn = `${rdnOf('uid', value)},ou=Users,dc=x`;
      expect(firstRdn(dn), dn).to.deep.equal([{ attribute: 'uid', value }]);
      expect(parentOf(dn), dn).to.equal('ou=Users,dc=x');
    }
    expect(escapedValue('a,b')).to.equal('a\\2cb');
  });

  it('do so with whatever value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ minLength: 1 }), (one, two) => {
        const dn = `${rdnOf('uid', one)}+${rdnOf('cn', two)},${rdnOf('ou', two)},dc=x`;
        expect(firstRdn(dn)).to.deep.equal([
          { attribute: 'uid', value: one },
          { attribute: 'cn', value: two },
        ]);
        expect(firstRdn(parentOf(dn))).to.deep.equal([{ attribute: 'ou', value: two }]);
        expect(comparable(comparable(dn)), 'comparable once for all').to.equal(comparable(dn));
      }),
    );
  });

  it('are the same in whatever way they are written', () => {
    const same = ['CN=Smith\\, John,OU=A,DC=x', 'cn=smith\\2c john, ou=a , dc=X', 'cn="Smith, John",ou=a,dc=x'];
    for (const dn of same) expect(comparable(dn), dn).to.equal(comparable(same[0] ?? ''));
    expect(comparable('cn=a+uid=b,dc=x')).to.equal(comparable('uid=B+cn=A,dc=x'));
    expect(comparable('cn=a\\,b,dc=x')).not.to.equal(comparable('cn=a,b=x,dc=x'));
  });

  it('know where they are', () => {
    expect(isWithin('uid=a,ou=Users,dc=x', 'OU=users, dc=x')).to.equal(true);
    expect(isWithin('uid=a,ou=OtherUsers,dc=x', 'ou=Users,dc=x')).to.equal(false);
    expect(isWithin('uid=a\\,ou=Users\\,dc=x', 'ou=Users,dc=x')).to.equal(false);
    expect(withoutValue('uid=alice,ou=Users,dc=x')).to.equal('uid=?,ou=Users,dc=x');
  });
});

describe('filters of the settings of the LDAP user store', () => {
  it('take a value as a value, whatever it holds', () => {
    const template = FilterTemplate.parse('(&(objectClass=person)(|(uid=?)(mail=?@example.com)))');
    for (const hostile of ['*', 'a)(uid=*', ')(|(objectClass=*)', '\\2a', 'nul\0', '?']) {
      const filter = template.with(hostile);
      const text = filter.toString();
      // Read again as text, the filter is the same: nothing of the value was taken for a part of it.
      expect(FilterParser.parseString(text).toString()).to.equal(text);
      expect(shapeOf(filter)).to.equal('(&(objectClass=?)(|(uid=?)(mail=?)))');
    }
    const [, or] = (template.with('x') as unknown as { filters: { filters: EqualityFilter[] }[] }).filters;
    expect(or?.filters.map(({ value }) => value)).to.deep.equal(['x', 'x@example.com']);
  });

  it('may be compared with another attribute than they say, by bytes as well', () => {
    const filter = FilterTemplate.parse('(&(objectClass=person)(uid=?))').with(Buffer.from([0, 255]), 'objectGUID');
    expect(filter.toString()).to.equal('(&(objectClass=person)(objectGUID=\\00\\ff))');
  });

  it('may have spaces between their parts, and escaped letters', () => {
    const template = FilterTemplate.parse(' (& (objectClass=person) (ou=Gr\\c3\\bc\\c3\\9fe) (uid=?) ) ');
    expect(shapeOf(template.with('x'))).to.equal('(&(objectClass=?)(ou=?)(uid=?))');
    const parts = (template.with('x') as unknown as { filters: EqualityFilter[] }).filters;
    expect(parts[1]?.value).to.equal('Grüße');
  });

  it('are refused when they are none', () => {
    for (const bad of ['', '(uid=?', 'uid', '(&(uid=?)', '()']) expect(() => FilterTemplate.parse(bad), bad).to.throw();
    expect(() => FilterTemplate.parse('(uid=x)').requireValue()).to.throw(/where the value belongs/);
    expect(() => FilterTemplate.parse('(uid=?)').withoutValue()).to.throw(/without \?/);
  });
});

describe('values of the LDAP user store', () => {
  it('have ids of Active Directory as UUIDs, in its order of bytes', () => {
    const uuid = '00112233-4455-6677-8899-aabbccddeeff';
    expect(guidOfUuid(uuid)?.toString('hex')).to.equal('33221100554477668899aabbccddeeff');
    expect(uuidOfGuid(Buffer.from('33221100554477668899aabbccddeeff', 'hex'))).to.equal(uuid);
    expect(guidOfUuid('no uuid')).to.equal(undefined);
    expect(uuidOfGuid(Buffer.alloc(4))).to.equal(undefined);
  });

  it('have times as generalized time', () => {
    const time = Date.parse('2026-01-31T23:59:58.250Z');
    expect(generalizedTime.format(time)).to.equal('20260131235958.250Z');
    expect(generalizedTime.parse('20260131235958.25Z')).to.equal(time);
    expect(generalizedTime.parse('20260201005958,25+0100')).to.equal(time);
    expect(generalizedTime.parse('2026013123Z')).to.equal(Date.parse('2026-01-31T23:00:00Z'));
    for (const bad of ['', '2026', '20261331000000Z', 'x']) expect(generalizedTime.parse(bad), bad).to.equal(undefined);
  });

  it('have times in the pattern of the settings', () => {
    const time = Date.parse('2026-01-31T23:59:58.000Z');
    const patterns = {
      'uuuuMMddHHmmss.SX': '20260131235958.0Z',
      "yyyy-MM-dd'T'HH:mm:ss.SSSXXX": '2026-01-31T23:59:58.000Z',
      'dd/MM/yyyy HH:mm:ss': '31/01/2026 23:59:58',
    };
    for (const [pattern, text] of Object.entries(patterns)) {
      expect(parseTimePattern(pattern).format(time), pattern).to.equal(text);
      expect(parseTimePattern(pattern).parse(text), pattern).to.equal(time);
      expect(parseTimePattern(pattern).parse('x'), pattern).to.equal(undefined);
    }
    for (const bad of ['MMM', 'yy', 'HH:mm', 'uuuuMMdduuuu', "uuuuMMdd'"])
      expect(() => parseTimePattern(bad), bad).to.throw();
  });

  it('say why Active Directory refuses a bind', () => {
    const text = (code: string) =>
      `80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data ${code}, v3839`;
    const reasons = {
      '525': 'bad_credential',
      '52e': 'bad_credential',
      '530': 'disabled',
      '532': 'password_expired',
      '533': 'disabled',
      '701': 'disabled',
      '773': 'password_expired',
      '775': 'locked',
      ffff: 'bad_credential',
    };
    for (const [code, reason] of Object.entries(reasons)) expect(bindRefusal(text(code)), code).to.equal(reason);
    expect(bindRefusal('anything else')).to.equal('bad_credential');
  });

  it('make names of accounts that Windows takes', () => {
    expect(accountName('alice')).to.equal('alice');
    expect(accountName('alice@example.com')).to.match(/^alice_example-[0-9a-f]{6}$/);
    expect(accountName('a@b')).not.to.equal(accountName('a_b'));
    expect(accountName('x'.repeat(21))).to.have.length(20);
    expect(accountName('x'.repeat(100), 256)).to.have.length(100);
  });
});

describe('the schema of a directory', () => {
  const schema = schemaOf({
    attributeTypes: [
      "( 2.5.4.41 NAME 'name' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{32768} )",
      "( 2.5.4.4 NAME ( 'sn' 'surname' ) DESC 'NAME of a (family) SINGLE-VALUE' SUP name )",
      "( 2.16.840.1.113730.3.1.241 NAME 'displayName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )",
      "( 1.3.6.1.1.16.4 NAME 'entryUUID' EQUALITY UUIDMatch SYNTAX 1.3.6.1.1.16.1 SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )",
      "( 2.5.4.0 NAME 'objectClass' EQUALITY objectIdentifierMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.38 )",
    ],
    objectClasses: [
      "( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )",
      "( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST ( sn $ cn ) MAY ( userPassword ) )",
      "( 1.1 NAME 'staff' SUP person STRUCTURAL MUST employeeNumber )",
    ],
    matchingRuleUse: ["( 2.5.13.3 NAME 'caseIgnoreOrderingMatch' APPLIES ( sn $ title ) )"],
    operations: ['1.2.3'],
  });

  it('tells what attributes are, with what they inherit', () => {
    expect(schema.attribute('SURNAME')).to.deep.include({
      names: ['sn', 'surname'],
      equality: 'caseignorematch',
      substring: 'caseignoresubstringsmatch',
      syntax: '1.3.6.1.4.1.1466.115.121.1.15',
      single: false,
      readOnly: false,
    });
    expect(schema.attribute('displayName;lang-de')).to.include({ single: true, ordering: undefined });
    expect(schema.attribute('entryUUID')).to.include({ readOnly: true });
    expect(schema.attribute('nothing')).to.equal(undefined);
    expect(schema.isOrderedByRule('sn')).to.equal(true);
    expect(schema.isOrderedByRule('mail')).to.equal(false);
    expect(schema.hasRules).to.equal(true);
  });

  it('tells what entries must have', () => {
    expect(schema.requiredBy(['Staff'])).to.have.members(['employeenumber', 'sn', 'cn', 'objectclass']);
    expect(schema.requiredBy(['unknown'])).to.deep.equal([]);
  });
});
