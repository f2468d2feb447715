/** A rule of password expiry: `priority,expiryDays,groups|roles,eq|ne,id1,...`. */
export interface ExpiryRule {
  /** Rules are tried from the smallest on. */
  readonly priority: number;
  /** 0: the days that are usual. */
  readonly days: number;
  readonly of: 'groups' | 'roles';
  /** `eq`: passwords of these users expire after {@link days}; `ne`: they never expire. */
  readonly operator: 'eq' | 'ne';
  /** Ids of groups or roles; a user has to have all of them. */
  readonly ids: readonly string[];
}

const MOST_IDS = 5;
const MOST_DAYS = 36_500;

/** The rule that a text says; undefined when it is malformed. */
export function expiryRule(text: string): ExpiryRule | undefined {
  const [priority = '', days = '', of = '', operator = '', ...ids] = fieldsOf(text);
  if (!/^[1-9]\d{0,5}$/.test(priority) || !/^\d{1,5}$/.test(days) || Number(days) > MOST_DAYS) return undefined;
  if ((of !== 'groups' && of !== 'roles') || (operator !== 'eq' && operator !== 'ne')) return undefined;
  if (ids.length === 0 || ids.length > MOST_IDS || ids.some((id) => id === '')) return undefined;
  return { priority: Number(priority), days: Number(days), of, operator, ids };
}

/** Fields between commas; a field, or all from one field on, may stand in double quotes. */
function fieldsOf(text: string): readonly string[] {
  const quotes = /"([^"]*)"/g;
  return text
    .replace(quotes, (_, inner: string) => inner)
    .split(',')
    .map((field) => field.trim());
}
