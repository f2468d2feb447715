import { inject, injectable } from 'tsyringe';
import { type ApplicationService, ApplicationServiceToken } from '#core/applications';
import { type FilterCondition, parseFilter } from '#core/http';
import { qualifiedName, type User, type UserService, UserServiceToken } from '#core/users';
import type { Session } from './session.js';
import { type SessionService, SessionServiceToken } from './session.service.js';
import { sessionErrors } from './session-errors.js';

/** An application that a session's user has signed in to. */
export interface SessionApplication {
  readonly id: string;
  readonly name: string;
}

/** A session with what is known of its user and its applications. */
export interface DescribedSession {
  readonly session: Session;
  /** Undefined when the user is gone. */
  readonly user: User | undefined;
  readonly applications: readonly SessionApplication[];
}

/** What is looked for. */
export interface SessionQuery {
  readonly filter?: string | undefined;
  readonly limit: number;
  /** Only sessions that began after this time; milliseconds. */
  readonly since?: number | undefined;
  /** Only sessions that began before this time; milliseconds. */
  readonly until?: number | undefined;
}

/** A page of sessions, those of the newest sign-in first. */
export interface SessionPage {
  readonly sessions: readonly DescribedSession[];
  readonly hasNewer: boolean;
  readonly hasOlder: boolean;
}

const ATTRIBUTES = ['loginId', 'sessionId', 'appName', 'ipAddress', 'userAgent', 'loginTime', 'lastAccessTime'];
type Condition = FilterCondition<(typeof OPERATORS)[number]>;
const OPERATORS = ['eq', 'co', 'sw', 'ew', 'le', 'ge'] as const;
const TIMES = new Set(['loginTime', 'lastAccessTime']);
/** Sessions of one moment beyond the limit of a page, at most. */
const TIES = 100;

/** Looks through the sessions of an organization. */
@injectable()
export class SessionSearch {
  constructor(
    @inject(SessionServiceToken) private readonly sessions: SessionService,
    @inject(ApplicationServiceToken) private readonly applications: ApplicationService,
    @inject(UserServiceToken) private readonly users: UserService,
  ) {}

  /** Sessions with their users and applications. */
  async describe(orgId: string, sessions: readonly Session[]): Promise<DescribedSession[]> {
    const known = this.#lookUps(orgId);
    const described: DescribedSession[] = [];
    for (const session of sessions) described.push(await known.describe(session));
    return described;
  }

  /** @throws ApiError USM-10011 for a filter that is none */
  async search(orgId: string, { filter, limit, since, until }: SessionQuery): Promise<SessionPage> {
    const conditions = conditionsOf(filter);
    const known = this.#lookUps(orgId);
    const newestFirst = since === undefined;
    const page = new Best<DescribedSession>(limit, (a, b) => {
      const order = b.session.createdAt - a.session.createdAt;
      return newestFirst ? order : -order;
    });
    let [hasNewer, hasOlder] = [false, false];
    for await (const session of this.sessions.all(orgId)) {
      const described = await known.describe(session);
      if (!conditions.every((condition) => holds(condition, described))) continue;
      if (until !== undefined && session.createdAt >= until) hasNewer = true;
      else if (since !== undefined && session.createdAt <= since) hasOlder = true;
      else page.add(described);
    }
    const { items, isCut } = page.result();
    if (isCut && newestFirst) hasOlder = true;
    if (isCut && !newestFirst) hasNewer = true;
    return { sessions: newestFirst ? items : [...items].reverse(), hasNewer, hasOlder };
  }

  /** Users and applications, each looked up once. */
  #lookUps(orgId: string) {
    const users = new Map<string, Promise<User | undefined>>();
    const names = new Map<string, Promise<string | undefined>>();
    const once = <T>(map: Map<string, Promise<T>>, id: string, find: () => Promise<T>) => {
      const found = map.get(id) ?? find();
      map.set(id, found);
      return found;
    };
    const describe = async (session: Session): Promise<DescribedSession> => {
      const user = await once(users, session.userId, async () => this.users.findById(orgId, session.userId));
      const applications: SessionApplication[] = [];
      for (const id of session.applications) {
        const name = await once(names, id, async () => (await this.applications.find(orgId, id))?.name);
        if (name !== undefined) applications.push({ id, name });
      }
      return { session, user, applications };
    };
    return { describe };
  }
}

/** The first of many in an order, without keeping the others; those like the last one stay with it. */
class Best<T> {
  #items: T[] = [];

  constructor(
    private readonly limit: number,
    private readonly order: (a: T, b: T) => number,
  ) {}

  #isCut = false;

  add(item: T): void {
    this.#items.push(item);
    if (this.#items.length > 4 * (this.limit + TIES)) this.#cut();
  }

  result(): { items: readonly T[]; isCut: boolean } {
    this.#cut();
    return { items: this.#items, isCut: this.#isCut };
  }

  #cut(): void {
    const sorted = this.#items.sort(this.order);
    const last = sorted[this.limit - 1];
    if (last === undefined) return;
    let end = this.limit;
    for (; end < Math.min(sorted.length, this.limit + TIES); end++) if (this.order(sorted[end] as T, last) !== 0) break;
    if (end < sorted.length) this.#isCut = true;
    this.#items = sorted.slice(0, end);
  }
}

function conditionsOf(filter: string | undefined): readonly Condition[] {
  if (filter === undefined) return [];
  const alternatives = parseFilter(filter, ATTRIBUTES, sessionErrors.filter, OPERATORS);
  if (alternatives.length > 1) throw sessionErrors.filter('Conditions can be joined by "and" only.');
  const conditions = alternatives[0] ?? [];
  for (const { attribute, operator, value } of conditions) {
    const isTime = TIMES.has(attribute);
    if (isTime !== (operator === 'le' || operator === 'ge') || (attribute === 'ipAddress' && operator !== 'eq'))
      throw sessionErrors.filter(`The attribute ${attribute} cannot be compared by ${operator}.`);
    if (isTime && !/^\d{1,16}$/.test(value))
      throw sessionErrors.filter(`The value of ${attribute} is a time in milliseconds since 1970.`);
  }
  return conditions;
}

function holds({ attribute, operator, value }: Condition, described: DescribedSession): boolean {
  const { session } = described;
  if (attribute === 'loginTime' || attribute === 'lastAccessTime') {
    const at = attribute === 'loginTime' ? session.createdAt : session.lastAccessAt;
    return operator === 'le' ? at <= Number(value) : at >= Number(value);
  }
  const wanted = value.toLowerCase();
  return textsOf(attribute, described).some((text) => compares(text.toLowerCase(), operator, wanted));
}

function textsOf(attribute: string, { session, user, applications }: DescribedSession): readonly string[] {
  switch (attribute) {
    case 'loginId':
      return user ? [qualifiedName(user)] : [];
    case 'sessionId':
      return [session.id];
    case 'appName':
      return applications.map(({ name }) => name);
    case 'ipAddress':
      return [session.ip];
    default:
      return [session.userAgent];
  }
}

function compares(text: string, operator: Condition['operator'], wanted: string): boolean {
  if (operator === 'sw') return text.startsWith(wanted);
  if (operator === 'ew') return text.endsWith(wanted);
  return operator === 'co' ? text.includes(wanted) : text === wanted;
}
