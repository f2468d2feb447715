import { expect } from 'chai';
import { Projection } from '../../../core/scim/attributes/projection.js';
import { readResource } from '../../../core/scim/attributes/read-resource.js';
import { attribute, ResourceModel } from '../../../core/scim/attributes/resource-model.js';
import { writeResource } from '../../../core/scim/attributes/write-resource.js';
import { applyPatch } from '../../../core/scim/patch/apply-patch.js';
import { readPatch } from '../../../core/scim/patch/read-patch.js';
import { ScimError } from '../../../core/scim/protocol/scim-error.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const model = new ResourceModel(
  'User',
  {
    id: USER,
    attributes: [
      attribute('userName'),
      attribute('displayName'),
      attribute('active', { type: 'boolean' }),
      attribute('born', { type: 'dateTime' }),
      attribute('once', { mutability: 'immutable' }),
      attribute('name', { subAttributes: [attribute('givenName'), attribute('familyName')] }),
      attribute('emails', {
        multiValued: true,
        subAttributes: [attribute('value'), attribute('type'), attribute('primary', { type: 'boolean' })],
      }),
      attribute('tags', { multiValued: true }),
      attribute('groups', { multiValued: true, mutability: 'readOnly', subAttributes: [attribute('value')] }),
    ],
  },
  [
    {
      id: ENTERPRISE,
      attributes: [
        attribute('department'),
        attribute('employeeNumber'),
        attribute('manager', { subAttributes: [attribute('value'), attribute('displayName')] }),
      ],
    },
  ],
);

const kim = {
  userName: 'kim',
  active: true,
  name: { givenName: 'Kim', familyName: 'B' },
  emails: [
    { type: 'work', value: 'kim@work', primary: true },
    { type: 'home', value: 'kim@home' },
  ],
  [ENTERPRISE]: { department: 'D1' },
};

type Json = Record<string, unknown>;

function patched(operations: unknown, before: Json = kim): Json {
  const resource = readResource(model, before);
  const untouched = JSON.stringify(shown(resource));
  const result = applyPatch(resource, readPatch(model, { Operations: operations }));
  expect(JSON.stringify(shown(resource)), 'the resource itself').to.equal(untouched);
  return shown(result);
}

const shown = (resource: Parameters<typeof applyPatch>[0]): Json =>
  JSON.parse(
    JSON.stringify(writeResource(model, resource, new Projection(model, { attributes: [], excludedAttributes: [] }))),
  ) as Json;

function refused(operations: unknown, before: Json = kim): string {
  try {
    patched(operations, before);
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    return `${error.status} ${error.scimType ?? ''}`.trim();
  }
  throw new Error('it was not refused');
}

describe('PATCH', () => {
  it('adds, replaces and removes single values, whatever the case of op, names and URIs', () => {
    expect(patched([{ op: 'Add', path: 'DISPLAYNAME', value: 'Kim B' }])['displayName']).to.equal('Kim B');
    expect(patched([{ op: 'REPLACE', path: `${USER}:userName`, value: 'kimberly' }])['userName']).to.equal('kimberly');
    expect(patched([{ op: 'replace', path: `${USER.toUpperCase()}:active`, value: false }])['active']).to.equal(false);
    expect(patched([{ op: 'Remove', path: 'active' }])).to.not.have.property('active');
    expect(patched([{ op: 'replace', path: `${ENTERPRISE}:department`, value: 'D2' }])[ENTERPRISE]).to.deep.equal({
      department: 'D2',
    });
    expect(patched([{ op: 'remove', path: `${ENTERPRISE}:department` }])).to.not.have.property(ENTERPRISE);
    expect(patched([{ op: 'remove', path: ENTERPRISE }])).to.not.have.property(ENTERPRISE);
  });

  it('changes single sub-attributes and leaves the others', () => {
    expect(patched([{ op: 'replace', path: 'name.familyName', value: 'C' }])['name']).to.deep.equal({
      givenName: 'Kim',
      familyName: 'C',
    });
    expect(patched([{ op: 'replace', path: 'name', value: { familyName: 'C' } }])['name']).to.deep.equal({
      givenName: 'Kim',
      familyName: 'C',
    });
    expect(patched([{ op: 'remove', path: 'name.givenName' }])['name']).to.deep.equal({ familyName: 'B' });
    expect(patched([{ op: 'add', path: `${ENTERPRISE}:manager.value`, value: 'm' }])[ENTERPRISE]).to.deep.equal({
      department: 'D1',
      manager: { value: 'm' },
    });
  });

  it('takes values without a path, with paths and URIs as their members', () => {
    const value = {
      displayName: 'K',
      'name.givenName': 'Kay',
      'emails[type eq "work"].value': 'kay@work',
      [`${ENTERPRISE}:employeeNumber`]: '7',
      [ENTERPRISE]: { department: 'D3', unknown: 1 },
      [USER]: { active: 'False' },
      id: 'mine',
      groups: [{ value: 'admins' }],
      unknown: { a: 1 },
      ['__proto__']: { polluted: true },
      constructor: { prototype: { polluted: true } },
    };
    for (const op of ['add', 'Replace']) {
      const result = patched([{ op, value: JSON.parse(JSON.stringify(value)) as unknown }]);
      expect(result['displayName']).to.equal('K');
      expect(result['name']).to.deep.equal({ givenName: 'Kay', familyName: 'B' });
      expect((result['emails'] as Json[])[0]).to.deep.equal({ type: 'work', value: 'kay@work', primary: true });
      expect(result[ENTERPRISE]).to.deep.equal({ department: 'D3', employeeNumber: '7' });
      expect(result['active']).to.equal(false);
      expect(result).to.not.have.any.keys('id', 'groups', 'unknown');
    }
    expect(({} as Json)['polluted']).to.equal(undefined);
  });

  it('adds values once and replaces all of them', () => {
    const more = { value: 'kim@new', type: 'other' };
    expect(patched([{ op: 'add', path: 'emails', value: more }])['emails']).to.deep.equal([...kim.emails, more]);
    expect(patched([{ op: 'add', path: 'emails', value: [kim.emails[1], more] }])['emails']).to.have.length(3);
    expect(patched([{ op: 'add', path: 'emails', value: kim.emails }])['emails']).to.deep.equal(kim.emails);
    expect(patched([{ op: 'replace', path: 'emails', value: [more] }])['emails']).to.deep.equal([more]);
    expect(patched([{ op: 'add', path: 'tags', value: 'a' }])['tags']).to.deep.equal(['a']);
    const twice = [
      { op: 'add', path: 'tags', value: ['a', 'b'] },
      { op: 'add', path: 'tags', value: ['b', 'c'] },
    ];
    expect(patched(twice)['tags']).to.deep.equal(['a', 'b', 'c']);
  });

  it('keeps one primary value', () => {
    const added = patched([{ op: 'add', path: 'emails', value: { value: 'p', primary: true } }])['emails'];
    expect((added as Json[]).filter((one) => one['primary'] === true)).to.deep.equal([{ value: 'p', primary: true }]);
    const moved = patched([{ op: 'replace', path: 'emails[type eq "home"].primary', value: 'True' }])['emails'];
    expect(moved).to.deep.equal([
      { type: 'work', value: 'kim@work' },
      { type: 'home', value: 'kim@home', primary: true },
    ]);
    const two = [
      { value: 'a', primary: true },
      { value: 'b', primary: true },
    ];
    expect(refused([{ op: 'replace', path: 'emails', value: two }])).to.equal('400 invalidValue');
    expect(refused([{ op: 'replace', path: 'emails.primary', value: true }])).to.equal('400 invalidValue');
  });

  it('changes selected values, and makes one that is not there when the filter says what it is', () => {
    const work = patched([{ op: 'replace', path: 'emails[type eq "work"].value', value: 'new' }])['emails'];
    expect(work).to.deep.equal([{ type: 'work', value: 'new', primary: true }, kim.emails[1]]);
    const whole = patched([{ op: 'replace', path: 'emails[type eq "work"]', value: { value: 'new' } }])['emails'];
    expect(whole).to.deep.equal([{ type: 'work', value: 'new' }, kim.emails[1]]);
    const laid = patched([{ op: 'add', path: 'emails[type eq "work"]', value: { value: 'new' } }])['emails'];
    expect(laid).to.deep.equal([{ type: 'work', value: 'new', primary: true }, kim.emails[1]]);
    for (const op of ['add', 'replace']) {
      const made = patched([{ op, path: 'emails[type eq "other" and primary eq "False"].value', value: 'x' }])[
        'emails'
      ];
      expect((made as Json[])[2]).to.deep.equal({ type: 'other', primary: false, value: 'x' });
    }
    expect(refused([{ op: 'replace', path: 'emails[type ne "x" and value eq "y"].value', value: 'x' }])).to.equal(
      '400 noTarget',
    );
  });

  it('removes selected values, their parts, and lists of values', () => {
    expect(patched([{ op: 'remove', path: 'emails[type eq "work"]' }])['emails']).to.deep.equal([kim.emails[1]]);
    expect(patched([{ op: 'remove', path: 'emails[type eq "work"].primary' }])['emails']).to.deep.equal([
      { type: 'work', value: 'kim@work' },
      kim.emails[1],
    ]);
    expect(patched([{ op: 'remove', path: 'emails', value: [{ value: 'kim@work' }] }])['emails']).to.deep.equal([
      kim.emails[1],
    ]);
    expect(patched([{ op: 'remove', path: 'emails', value: [] }])['emails']).to.deep.equal(kim.emails);
    expect(patched([{ op: 'remove', path: 'emails[type eq "nothing"]' }])['emails']).to.deep.equal(kim.emails);
    expect(patched([{ op: 'remove', path: 'emails' }])).to.not.have.property('emails');
    expect(patched([{ op: 'remove', path: 'emails[value pr]' }])).to.not.have.property('emails');
  });

  it('takes null, an empty list and an empty text for no value', () => {
    for (const value of [null, '', [], [null]])
      expect(patched([{ op: 'replace', path: 'emails', value }]), String(value)).to.not.have.property('emails');
    expect(patched([{ op: 'replace', path: 'userName', value: null }])).to.not.have.property('userName');
    expect(patched([{ op: 'add', path: 'displayName', value: null }])).to.not.have.property('displayName');
  });

  it('meets clients halfway about types where it is clear what they mean', () => {
    expect(patched([{ op: 'replace', path: 'active', value: 'FALSE' }])['active']).to.equal(false);
    expect(
      patched([{ op: 'replace', path: 'displayName', value: [{ $ref: null, value: 'K' }] }])['displayName'],
    ).to.equal('K');
    expect(patched([{ op: 'add', path: `${ENTERPRISE}:manager`, value: 'boss' }])[ENTERPRISE]).to.deep.include({
      manager: { value: 'boss' },
    });
    expect(patched([{ op: 'add', path: 'emails', value: 'plain' }])['emails']).to.deep.include({ value: 'plain' });
    expect(patched([{ op: 'add', path: 'tags', value: [{ value: 'a' }] }])['tags']).to.deep.equal(['a']);
    expect(patched([{ op: 'add', path: `${ENTERPRISE}:employeeNumber`, value: 7 }])[ENTERPRISE]).to.deep.include({
      employeeNumber: '7',
    });
  });

  it('refuses what cannot be, by the keyword for it', () => {
    for (const [operations, expected] of [
      [undefined, '400 invalidSyntax'],
      [[], '400 invalidSyntax'],
      [{ op: 'add' }, '400 invalidSyntax'],
      [[null], '400 invalidSyntax'],
      [['add'], '400 invalidSyntax'],
      [[{ op: 'move', path: 'active' }], '400 invalidSyntax'],
      [[{ op: 7, path: 'active' }], '400 invalidSyntax'],
      [[{ op: 'add', path: 'active' }], '400 invalidSyntax'],
      [[{ op: 'add', OP: 'add', path: 'active', value: true }], '400 invalidSyntax'],
      [[{ op: 'remove' }], '400 noTarget'],
      [[{ op: 'add', value: 'text' }], '400 invalidValue'],
      [[{ op: 'add', path: ENTERPRISE, value: 'text' }], '400 invalidValue'],
      [[{ op: 'add', path: 7, value: 'x' }], '400 invalidPath'],
      [[{ op: 'add', path: 'nothing', value: 'x' }], '400 invalidPath'],
      [[{ op: 'add', path: 'name.nothing', value: 'x' }], '400 invalidPath'],
      [[{ op: 'add', path: '__proto__', value: { polluted: 1 } }], '400 invalidPath'],
      [[{ op: 'add', path: 'constructor', value: 'x' }], '400 invalidPath'],
      [[{ op: 'add', path: 'constructor.prototype', value: 'x' }], '400 invalidPath'],
      [[{ op: 'add', path: 'toString', value: 'x' }], '400 invalidPath'],
      [[{ op: 'add', path: 'name.constructor', value: 'x' }], '400 invalidPath'],
      [[{ op: 'add', path: 'emails[constructor eq 1].value', value: 'x' }], '400 invalidFilter'],
      [[{ op: 'add', path: 'emails[type eq "x"].constructor', value: 'x' }], '400 invalidPath'],
      [[{ op: 'add', path: 'name[givenName eq "x"]', value: 'x' }], '400 invalidPath'],
      [[{ op: 'add', path: 'emails[type eq', value: 'x' }], '400 invalidPath'],
      [[{ op: 'replace', path: 'id', value: 'x' }], '400 mutability'],
      [[{ op: 'replace', path: 'meta.created', value: 'x' }], '400 mutability'],
      [[{ op: 'add', path: 'groups', value: 'x' }], '400 mutability'],
      [[{ op: 'replace', path: 'active', value: 'yes' }], '400 invalidValue'],
      [[{ op: 'replace', path: 'displayName', value: true }], '400 invalidValue'],
      [[{ op: 'replace', path: 'displayName', value: ['a', 'b'] }], '400 invalidValue'],
      [[{ op: 'replace', path: 'displayName', value: { a: 1 } }], '400 invalidValue'],
      [[{ op: 'replace', path: 'born', value: 'soon' }], '400 invalidValue'],
      [[{ op: 'replace', path: 'name', value: 'Kim B' }], '400 invalidValue'],
      [[{ op: 'replace', path: 'emails', value: [['a']] }], '400 invalidValue'],
      [Array.from({ length: 1001 }, () => ({ op: 'add', path: 'tags', value: 'a' })), '413'],
    ] as const)
      expect(refused(operations), JSON.stringify(operations)?.slice(0, 80)).to.equal(expected);
  });

  it('sets what is immutable once', () => {
    expect(patched([{ op: 'add', path: 'once', value: 'a' }])['once']).to.equal('a');
    const set = { ...kim, once: 'a' };
    expect(patched([{ op: 'replace', path: 'once', value: 'a' }], set)['once']).to.equal('a');
    expect(refused([{ op: 'replace', path: 'once', value: 'b' }], set)).to.equal('400 mutability');
    expect(refused([{ op: 'remove', path: 'once' }], set)).to.equal('400 mutability');
  });

  it('refuses what would compare for ever', () => {
    const emails = Array.from({ length: 9000 }, (_, index) => ({ value: `${index}@x` }));
    const filter = Array.from({ length: 99 }, () => 'value ew "y"').join(' or ');
    const operations = Array.from({ length: 100 }, () => ({ op: 'remove', path: `emails[${filter}]` }));
    expect(refused(operations, { ...kim, emails })).to.equal('413');
  });
});
