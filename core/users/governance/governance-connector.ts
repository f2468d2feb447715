import { extensionPoint } from '#core/kernel';

/** Categories of connectors, in the order in which they are listed. */
export const GOVERNANCE_CATEGORIES = [
  'User Onboarding',
  'Login Attempts Security',
  'Account Management',
  'Password Policies',
  'Other Settings',
] as const;

/** One setting of a connector. Values are text, whatever their type. */
export interface ConnectorProperty {
  /** `account.lock.handler.Time` */
  readonly name: string;
  readonly type: 'string' | 'integer' | 'float' | 'boolean' | 'uri';
  /** What holds while an organization has not set it. */
  readonly value: string;
  readonly displayName: string;
  readonly description: string;
  /** What is wrong with a value of the right type; undefined: nothing. */
  readonly problem?: (value: string) => string | undefined;
}

/** Settings of one matter of governance that each organization decides on for itself. */
export interface GovernanceConnector {
  /** `account.lock.handler`; the id on the wire is its base64url. */
  readonly name: string;
  readonly category: (typeof GOVERNANCE_CATEGORIES)[number];
  readonly friendlyName: string;
  /** Place among the connectors of the category. */
  readonly order: number;
  readonly properties: readonly ConnectorProperty[];
  /** Properties beside them whose names are not known beforehand: rules that are numbered. Undefined: there is no such one. */
  readonly numbered?: (name: string) => ConnectorProperty | undefined;
  /** Published properties that have no effect here, and why, or what to do instead: they are refused with it. */
  readonly refused?: Readonly<Record<string, string>>;
}

/** Connectors of the governance API, by name. A connector stands where its settings have an effect. */
export const GovernanceConnectors = extensionPoint<GovernanceConnector>('governance-connectors');

/** For {@link ConnectorProperty.problem}: a whole number in a range. */
export const between =
  (least: number, most: number) =>
  (value: string): string | undefined =>
    Number(value) >= least && Number(value) <= most ? undefined : `expected ${least} to ${most}`;

const kinds: Readonly<Record<ConnectorProperty['type'], { readonly form: RegExp; readonly expected: string }>> = {
  string: { form: /^[^\0]{0,4000}$/s, expected: 'text of at most 4000 characters' },
  integer: { form: /^-?\d{1,12}$/, expected: 'a whole number' },
  float: { form: /^-?\d{1,12}(\.\d{1,12})?$/, expected: 'a number' },
  boolean: { form: /^(true|false)$/, expected: 'true or false' },
  uri: { form: /^([a-zA-Z][a-zA-Z0-9+.-]*:[^\s\0]{1,2000})?$/, expected: 'a URI' },
};

/** What is wrong with a value of a property; undefined: nothing. */
export function problemOf({ type, problem }: ConnectorProperty, value: string): string | undefined {
  const { form, expected } = kinds[type];
  return form.test(value) ? problem?.(value) : `expected ${expected}`;
}
