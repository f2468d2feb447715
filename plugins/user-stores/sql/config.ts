import { z } from 'zod';
import { flag, secretText, wholeNumber } from '#core/kernel';
import { statementSettings } from './existing/statement-settings.js';

const pattern = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .refine(
      (text) => {
        try {
          return new RegExp(text, 'u') instanceof RegExp;
        } catch {
          return false;
        }
      },
      { error: 'expected a regular expression' },
    );

/** Ways to store passwords that one can name; the last four only in tables that are there already. */
const METHODS = ['argon2id', 'PBKDF2', 'SHA-256', 'SHA-512', 'SHA', 'MD5', 'PLAIN_TEXT'] as const;
/** The ways to store passwords in tables of ours. */
const OWN_METHODS: readonly string[] = ['argon2id', 'PBKDF2', 'SHA-256'];

const names = {
  username_java_regex: pattern('^[^\\s*?%]{3,50}$').describe('What a user name must match'),
  username_java_script_regex: z.string().default('^[\\S]{3,50}$').describe('The same for the forms of clients'),
  username_java_reg_ex_violation_error_msg: z
    .string()
    .default('Username pattern policy violated')
    .describe('What to say when it does not'),
  password_java_regex: pattern('^[\\s\\S]{8,128}$').describe('What a password must match'),
  password_java_script_regex: z.string().default('^[\\s\\S]{8,128}$').describe('The same for the forms of clients'),
  password_java_reg_ex_violation_error_msg: z
    .string()
    .default('Password length should be within 8 to 128 characters')
    .describe('What to say when it does not'),
  rolename_java_regex: pattern('^[\\S]{3,30}$').describe('What the name of a group must match'),
  rolename_java_script_regex: z.string().default('^[\\S]{3,30}$').describe('The same for the forms of clients'),
  rolename_java_reg_ex_violation_error_msg: z
    .string()
    .default('Group name pattern policy violated')
    .describe('What to say when it does not'),
  case_insensitive_username: flag().prefault(true).describe('Whether Alice and alice are the same user'),
  case_insensitive_attributes: flag()
    .prefault(true)
    .describe('Whether attributes of tables that are there already are compared without regard to case'),
  scim_enabled: flag().prefault(true).describe('Whether SCIM may use the store'),
  user_name_unique_across_tenants: flag()
    .prefault(false)
    .describe('Whether a user name of the primary store is taken when a user of another organization has it'),
};

const passwords = {
  password_hash_method: z
    .enum(METHODS)
    .optional()
    .describe('How new passwords are stored; argon2id, and SHA-256 in tables that are there already, when absent'),
  password_digest: z.enum(METHODS).optional().describe('Another name of password_hash_method; counts when given'),
  hash_algorithm_properties: z
    .string()
    .default('')
    .refine((text) => text === '' || hashProperties(text) !== undefined, {
      error: 'expected {pbkdf2.iteration.count:10000, pbkdf2.dkLength:256, pbkdf2.prf:PBKDF2WithHmacSHA256}',
    })
    .describe('Costs of PBKDF2: {pbkdf2.iteration.count:.., pbkdf2.dkLength:.. (bits), pbkdf2.prf:..}'),
  store_salted_password: flag()
    .prefault(true)
    .describe('Whether each password of tables that are there already has a salt'),
};

const connection = {
  url: secretText()
    .optional()
    .describe(
      'Another database: jdbc:mysql://, jdbc:mariadb://, jdbc:postgresql://, jdbc:sqlite:FILE, or the same without jdbc:',
    ),
  user_name: z.string().optional().describe('User of that database'),
  password: secretText().optional().describe('Password of that user'),
  driver_name: z.string().optional().describe('Class of the JDBC driver; accepted, the URL tells the kind'),
  table_schema: z
    .enum(['existing', 'gatehouse'])
    .default('existing')
    .describe('Tables of that database: UM_USER and so on, or those of this server'),
  create_tables: flag().prefault(false).describe('Whether to make and update the tables of this server there'),
  initial_size: wholeNumber(0, 1000).prefault(0).describe('Connections that are opened at once'),
  max_active: wholeNumber(1, 1000).prefault(40).describe('Connections at most'),
  max_wait: wholeNumber(1, 600_000).prefault(10_000).describe('Milliseconds that a connection may take'),
  max_age: wholeNumber(0).prefault(0).describe('Milliseconds after which a connection is replaced; 0: never'),
  query_timeout: wholeNumber(1, 600_000).prefault(10_000).describe('Milliseconds that a statement may take'),
  validation_query: z.string().default('SELECT 1').describe('What tells whether the database is there'),
  test_on_borrow: flag().prefault(false).describe('Accepted: lost connections are always noticed'),
  remove_abandoned: flag().prefault(false).describe('Accepted: connections are always given back'),
};

const tenancy = {
  tenant_id: z
    .union([
      z.int(),
      z
        .string()
        .regex(/^-?\d+$/)
        .transform(Number),
    ])
    .prefault(-1234)
    .describe('UM_TENANT_ID of the rows of tables that are there already'),
};

const lists = {
  read_only: flag().prefault(false).describe('Whether users and groups can only be read'),
  read_groups: flag().prefault(true).describe('Whether the store has groups'),
  write_groups: flag().prefault(true).describe('Whether groups can be changed'),
  multi_attribute_separator: z
    .string()
    .min(1)
    .default(',')
    .describe('What stands between several values in one row of a table that is there already'),
  max_user_name_list_length: wholeNumber(0).prefault(0).describe('Users of one page at most; 0: no limit'),
  max_role_name_list_length: wholeNumber(0).prefault(0).describe('Groups of one page at most; 0: no limit'),
  count_retriever_class: z.string().default('').describe('Accepted: users are always counted'),
};

/** Settings of the SQL user store: keys of `[user_store]`. */
export const sqlUserStoreSettings = z
  .strictObject({ ...passwords, ...names, ...connection, ...tenancy, ...lists, ...statementSettings })
  .superRefine((settings, context) => {
    const method = methodOf(settings);
    if (!isExisting(settings) && !OWN_METHODS.includes(method))
      context.addIssue({
        code: 'custom',
        path: ['password_hash_method'],
        message:
          `passwords are not stored by ${method}: whoever reads the table could guess them quickly.` +
          ' Say argon2id or PBKDF2; passwords that were stored so are still checked, and changed at the next sign-in',
      });
    if (settings.url !== undefined && !isPlace(settings.url))
      context.addIssue({
        code: 'custom',
        path: ['url'],
        message: 'expected jdbc:mysql://, jdbc:mariadb:// or jdbc:postgresql:// with a host, or jdbc:sqlite:FILE',
      });
  })
  .transform((settings) => ({ ...settings, password_hash_method: methodOf(settings) }));

/** Whether the store lies in tables of another product. */
export function isExisting({ url, table_schema }: { url?: string | undefined; table_schema: string }): boolean {
  return url !== undefined && table_schema === 'existing';
}

type Method = (typeof METHODS)[number];

function methodOf(settings: {
  password_hash_method?: Method | undefined;
  password_digest?: Method | undefined;
  url?: string | undefined;
  table_schema: string;
}): Method {
  const given = settings.password_digest ?? settings.password_hash_method;
  return given ?? (isExisting(settings) ? 'SHA-256' : 'argon2id');
}

/** Parsed settings. */
export type SqlUserStoreConfig = z.output<typeof sqlUserStoreSettings>;

/** What a URL leads to; undefined for a kind that we do not know. */
export function databaseKindOf(url: string): 'sqlite' | 'mysql' | 'postgres' | undefined {
  const kind = /^(?:jdbc:)?(mysql|mariadb|postgres|postgresql|sqlite|file):/i.exec(url)?.[1]?.toLowerCase();
  if (kind === undefined) return undefined;
  if (kind === 'sqlite' || kind === 'file') return 'sqlite';
  return kind.startsWith('postgres') ? 'postgres' : 'mysql';
}

function isPlace(url: string): boolean {
  const kind = databaseKindOf(url);
  if (kind === undefined || kind === 'sqlite') return kind !== undefined;
  const plain = url.replace(/^jdbc:/i, '');
  return URL.canParse(plain) && new URL(plain).hostname !== '' && isDecodable(plain);
}

function isDecodable(url: string): boolean {
  try {
    return decodeURIComponent(url) !== '';
  } catch {
    return false;
  }
}

/** Costs of PBKDF2 as `hash_algorithm_properties` gives them. */
export interface Pbkdf2Properties {
  readonly iterations: number;
  /** Bytes of the key. */
  readonly length: number;
  readonly digest: 'sha1' | 'sha256' | 'sha512';
}

const DIGEST_BYTES: Readonly<Record<Pbkdf2Properties['digest'], number>> = { sha1: 20, sha256: 32, sha512: 64 };
/** Digests that one password may cost: all organizations share those who compute them. */
const MOST_WORK = 8_000_000;

/** What `hash_algorithm_properties` says; undefined when it cannot be read. */
export function hashProperties(text: string): Pbkdf2Properties | undefined {
  const properties = new Map(
    text
      .trim()
      .replace(/^\{|\}$/g, '')
      .split(',')
      .map((part) => part.split(':').map((side) => side.trim().replace(/^"|"$/g, '')) as [string, string]),
  );
  const iterations = Number(properties.get('pbkdf2.iteration.count') ?? 10_000);
  const bits = Number(properties.get('pbkdf2.dkLength') ?? 256);
  const prf = /^PBKDF2WithHmac(SHA1|SHA256|SHA512)$/.exec(properties.get('pbkdf2.prf') ?? 'PBKDF2WithHmacSHA256');
  const digest = prf?.[1]?.toLowerCase() as Pbkdf2Properties['digest'];
  const work = iterations * Math.ceil(bits / 8 / (DIGEST_BYTES[digest] ?? 1));
  const isSound = Number.isInteger(iterations) && iterations > 0 && work <= MOST_WORK;
  if (!prf || !isSound || !Number.isInteger(bits / 8) || bits < 128 || bits > 4096) return undefined;
  return { iterations, length: bits / 8, digest };
}
