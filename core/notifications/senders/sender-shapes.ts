import { z } from 'zod';
import type { NotificationProvider } from '../provider.js';
import { authenticationKeys, shownAuthentication } from './authentication.js';
import { type Properties, type Sender, type SenderDraft, shownProperties } from './sender.js';

/** How one version of the API writes the senders of one channel. */
export interface SenderShape {
  readonly body: z.ZodType<SenderDraft>;
  readonly answer: z.ZodType;
  show(sender: Sender, provider: NotificationProvider | undefined): unknown;
}

const name = z
  .string()
  .regex(/^[\w .@+-]{1,100}$/, { error: 'expected at most 100 letters, digits, spaces and . @ + - _' })
  .optional();
const value = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const short = z.string().max(2048).optional();
const pairs = z
  .array(z.object({ key: z.string().min(1).max(255), value }))
  .max(100)
  .default([]);
const port = value.optional();
const answerPairs = z.array(z.object({ key: z.string(), value: z.string() }));

type Pairs = z.output<typeof pairs>;

/** A null prototype: a property may have any name. */
function propertiesOf(list: Pairs, beside: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const properties = Object.create(null) as Record<string, string>;
  for (const { key, value: text } of list) properties[key] = text;
  for (const [key, text] of Object.entries(beside)) if (text !== undefined) properties[key] = text;
  return properties;
}

const listOf = (properties: Properties, without: readonly string[]) =>
  Object.entries(properties).flatMap(([key, text]) => (without.includes(key) ? [] : { key, value: text }));

/** Names of the list of properties of an e-mail sender by which it authenticates, and what they are called here. */
const emailNames: Readonly<Record<string, string>> = {
  username: 'userName',
  header: 'apiKeyHeader',
  value: 'apiKeyValue',
};
const inEmail = (key: string) => emailNames[key] ?? key;

/** Takes what belongs to a way to authenticate out of the properties of an e-mail sender. */
function emailAuthentication(type: string, properties: Record<string, string>): SenderDraft['authentication'] {
  const own: Record<string, string> = {};
  for (const key of authenticationKeys(type.toUpperCase())) {
    const text = properties[inEmail(key)];
    if (text === undefined) continue;
    own[key] = text;
    delete properties[inEmail(key)];
  }
  return { type, properties: own };
}

const EMAIL_FIELDS = ['providerURL', 'smtpServerHost', 'smtpPort', 'fromAddress'];
const emailBody = {
  name,
  provider: z.string().max(64).default('SMTP'),
  providerURL: short,
  smtpServerHost: short,
  smtpPort: port,
  fromAddress: short,
  properties: pairs,
};
const emailAnswer = {
  name: z.string(),
  provider: z.string(),
  providerURL: z.string().optional(),
  smtpServerHost: z.string().optional(),
  smtpPort: z.int().optional(),
  fromAddress: z.string().optional(),
  properties: answerPairs,
};

function shownEmail(sender: Sender, provider: NotificationProvider | undefined) {
  const properties = shownProperties(sender.properties, provider);
  const { smtpPort, ...fields } = Object.fromEntries(EMAIL_FIELDS.map((field) => [field, properties[field]]));
  const own = Object.entries(shownAuthentication(sender.authentication)).filter(([key]) => key !== 'type');
  return {
    name: sender.name,
    provider: sender.provider,
    ...fields,
    ...(smtpPort === undefined ? {} : { smtpPort: Number(smtpPort) }),
    own: own.map(([key, text]) => ({ key: inEmail(key), value: text })),
    properties: listOf(properties, EMAIL_FIELDS),
  };
}

/** E-mail senders of version 2. */
export const emailV2: SenderShape = {
  body: z
    .object({ ...emailBody, authType: z.string().max(64).default('') })
    .transform(({ name: given, provider, authType, properties: list, ...fields }) => {
      const properties = propertiesOf(list, fields);
      const authentication = emailAuthentication(authType, properties);
      return { channel: 'EMAIL' as const, name: given, provider, properties, authentication };
    }),
  answer: z.object({ ...emailAnswer, authType: z.string() }),
  show(sender, provider) {
    const { own, properties, ...rest } = shownEmail(sender, provider);
    return { ...rest, authType: sender.authentication.type, properties: [...properties, ...own] };
  },
};

/** E-mail senders of version 1: user name and password stand beside the list of properties. */
export const emailV1: SenderShape = {
  body: z
    .object({ ...emailBody, userName: short, password: short })
    .transform(({ name: given, provider, userName, password, properties: list, ...fields }) => {
      const properties = propertiesOf(list, { ...fields, userName, password });
      const authentication = emailAuthentication(properties['userName'] === undefined ? 'NONE' : 'BASIC', properties);
      return { channel: 'EMAIL' as const, name: given, provider, properties, authentication };
    }),
  answer: z.object({ ...emailAnswer, userName: z.string().optional() }),
  show(sender, provider) {
    const { own, ...rest } = shownEmail(sender, provider);
    const userName = own.find(({ key }) => key === 'userName')?.value;
    return { ...rest, ...(userName === undefined ? {} : { userName }) };
  },
};

const SMS_FIELDS = ['providerURL', 'key', 'secret', 'sender', 'contentType'];
const smsBody = {
  name,
  provider: z.string().min(1).max(64),
  providerURL: short,
  key: short,
  secret: short,
  sender: short,
  contentType: z.enum(['JSON', 'FORM']),
  properties: pairs,
};
const smsAnswer = {
  name: z.string(),
  provider: z.string(),
  providerURL: z.string().optional(),
  key: z.string().optional(),
  sender: z.string().optional(),
  contentType: z.string().optional(),
  properties: answerPairs,
};

function shownSms(sender: Sender, provider: NotificationProvider | undefined) {
  const properties = shownProperties(sender.properties, provider);
  const fields = SMS_FIELDS.map((field) => [field, properties[field]]);
  const list = listOf(properties, SMS_FIELDS);
  return { name: sender.name, provider: sender.provider, ...Object.fromEntries(fields), properties: list };
}

const authenticationBody = z.object({ type: z.string().max(64), properties: z.record(z.string(), value).default({}) });

/** SMS senders of version 2. */
export const smsV2: SenderShape = {
  body: z
    .object({ ...smsBody, authentication: authenticationBody.optional() })
    .transform(({ name: given, provider, authentication = NO_AUTHENTICATION, properties: list, ...fields }) => ({
      channel: 'SMS' as const,
      name: given,
      provider,
      properties: propertiesOf(list, fields),
      authentication: { type: authentication.type, properties: withPlainNames(authentication.properties) },
    })),
  answer: z.object({
    ...smsAnswer,
    authentication: z.object({ type: z.string(), properties: z.record(z.string(), z.string()) }),
  }),
  show(sender, provider) {
    const { type, ...rest } = { ...shownAuthentication(sender.authentication), type: sender.authentication.type };
    return { ...shownSms(sender, provider), authentication: { type, properties: rest } };
  },
};

/** SMS senders of version 1, which knows no way to authenticate. */
export const smsV1: SenderShape = {
  body: z.object(smsBody).transform(({ name: given, provider, properties: list, ...fields }) => ({
    channel: 'SMS' as const,
    name: given,
    provider,
    properties: propertiesOf(list, fields),
    authentication: NO_AUTHENTICATION,
  })),
  answer: z.object(smsAnswer),
  show: shownSms,
};

const NO_AUTHENTICATION = { type: 'NONE', properties: {} } as const;

/** The access token of BEARER has two names in the contract. */
function withPlainNames({ token, ...rest }: Readonly<Record<string, string>>): Properties {
  return token === undefined ? rest : { accessToken: token, ...rest };
}
