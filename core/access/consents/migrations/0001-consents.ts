import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions } from 'typeorm';
import { idColumn, integerColumn, longTextColumn, textColumn, timeColumn } from '#core/persistence';

const optional = { isNullable: true } as const;
const unique = (name: string, ...columnNames: string[]) => ({ name, columnNames, isUnique: true });
const index = (name: string, ...columnNames: string[]) => ({ name, columnNames });
const own = (): TableColumnOptions[] => [idColumn('id', { isPrimary: true }), idColumn('org_id')];

const elements = new Table({
  name: 'consent_element',
  columns: [
    ...own(),
    integerColumn('number'),
    textColumn('name', 255),
    textColumn('name_key', 510),
    textColumn('display_name', 255, optional),
    longTextColumn('description', optional),
    integerColumn('sensitive'),
    longTextColumn('properties', optional),
  ],
  indices: [
    unique('ux_consent_element_name', 'org_id', 'name_key'),
    unique('ux_consent_element_number', 'org_id', 'number'),
  ],
});

const purposes = new Table({
  name: 'consent_purpose',
  columns: [
    ...own(),
    integerColumn('number'),
    textColumn('name', 255),
    textColumn('name_key', 510),
    textColumn('type', 255),
    textColumn('type_key', 510),
    textColumn('group_name', 255),
    textColumn('unique_key', 43),
    longTextColumn('description', optional),
    idColumn('latest_version_id'),
  ],
  indices: [
    unique('ux_consent_purpose_key', 'org_id', 'unique_key'),
    unique('ux_consent_purpose_number', 'org_id', 'number'),
  ],
});

const versions = new Table({
  name: 'consent_purpose_version',
  columns: [
    ...own(),
    idColumn('purpose_id'),
    textColumn('label', 100),
    longTextColumn('description', optional),
    longTextColumn('properties', optional),
  ],
  indices: [unique('ux_consent_purpose_version', 'purpose_id', 'label')],
});

const versionElements = new Table({
  name: 'consent_version_element',
  columns: [
    idColumn('version_id', { isPrimary: true }),
    idColumn('element_id', { isPrimary: true }),
    idColumn('org_id'),
    integerColumn('position'),
    integerColumn('mandatory'),
  ],
  indices: [index('ix_consent_version_element', 'org_id', 'element_id')],
});

const categories = new Table({
  name: 'consent_purpose_category',
  columns: [
    ...own(),
    integerColumn('number'),
    textColumn('name', 255),
    textColumn('name_key', 510),
    longTextColumn('description', optional),
  ],
  indices: [
    unique('ux_consent_category_name', 'org_id', 'name_key'),
    unique('ux_consent_category_number', 'org_id', 'number'),
  ],
});

const counters = new Table({
  name: 'consent_counter',
  columns: [
    idColumn('org_id', { isPrimary: true }),
    textColumn('kind', 16, { isPrimary: true }),
    integerColumn('last_number'),
  ],
});

const records = new Table({
  name: 'consent_record',
  columns: [
    ...own(),
    idColumn('user_id'),
    textColumn('subject_name', 255),
    textColumn('service_id', 255),
    textColumn('language', 20, optional),
    textColumn('state', 16),
    timeColumn('given_at'),
    timeColumn('expires_at', optional),
    longTextColumn('receipt', optional),
  ],
  indices: [index('ix_consent_record_subject', 'org_id', 'user_id')],
});

const consentedPurposes = new Table({
  name: 'consent_record_purpose',
  columns: [
    ...own(),
    idColumn('consent_id'),
    idColumn('purpose_id'),
    idColumn('version_id'),
    textColumn('service_id', 255),
    longTextColumn('receipt', optional),
  ],
  indices: [
    index('ix_consent_record_purpose', 'consent_id'),
    index('ix_consent_purpose_record', 'purpose_id', 'version_id'),
  ],
});

const consentedElements = new Table({
  name: 'consent_record_element',
  columns: [
    idColumn('consented_id', { isPrimary: true }),
    idColumn('element_id', { isPrimary: true }),
    idColumn('org_id'),
    integerColumn('position'),
    textColumn('validity', 255, optional),
  ],
  indices: [index('ix_consent_record_element', 'org_id', 'element_id')],
});

const authorizations = new Table({
  name: 'consent_authorization',
  columns: [
    idColumn('consent_id', { isPrimary: true }),
    idColumn('user_id', { isPrimary: true }),
    idColumn('org_id'),
    textColumn('user_name', 255),
    textColumn('type', 64),
    textColumn('state', 16),
    timeColumn('updated_at'),
  ],
  indices: [index('ix_consent_authorization_user', 'org_id', 'user_id')],
});

const properties = new Table({
  name: 'consent_property',
  columns: [
    ...own(),
    idColumn('consent_id'),
    textColumn('name', 255),
    longTextColumn('value'),
    longTextColumn('value_key'),
  ],
  indices: [unique('ux_consent_property', 'consent_id', 'name')],
});

const tables = [
  elements,
  purposes,
  versions,
  versionElements,
  categories,
  counters,
  records,
  consentedPurposes,
  consentedElements,
  authorizations,
  properties,
];

/** Purposes of the use of data, and the consents of users. */
export class Consents2026112100570 implements MigrationInterface {
  name = 'Consents2026112100570';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.createTable(table, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...tables].reverse()) await runner.dropTable(table);
  }
}
