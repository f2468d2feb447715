import { inject, injectable } from 'tsyringe';
import { ApiError } from '#core/http';
import { type Registry, token } from '#core/kernel';
import {
  type ConnectorProperty,
  GOVERNANCE_CATEGORIES,
  type GovernanceConnector,
  problemOf,
} from './governance-connector.js';
import { type OrganizationValues, OrganizationValuesToken } from './organization-values.js';

/** Injection token of {@link GovernanceService}. */
export const GovernanceServiceToken = token<GovernanceService>('users.governance');
/** Injection token of the contributed connectors. */
export const GovernanceConnectorsToken = token<Registry<GovernanceConnector>>('users.governance-connectors');

/** A property with the value that holds for an organization. */
export interface PropertyValue {
  readonly property: ConnectorProperty;
  readonly value: string;
}

/** New values for a connector. */
export interface ConnectorChange {
  readonly connector: GovernanceConnector;
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

const MOST_NUMBERED = 100;

/** What organizations have decided on matters of governance. */
@injectable()
export class GovernanceService {
  constructor(
    @inject(GovernanceConnectorsToken) private readonly connectors: Registry<GovernanceConnector>,
    @inject(OrganizationValuesToken) private readonly values: OrganizationValues,
  ) {}

  /** Categories that have connectors, each with its connectors in order. */
  categories(): readonly { readonly name: string; readonly connectors: readonly GovernanceConnector[] }[] {
    const all = this.connectors.all().sort((a, b) => a.order - b.order);
    const of = (name: string) => ({ name, connectors: all.filter(({ category }) => category === name) });
    return GOVERNANCE_CATEGORIES.map(of).filter(({ connectors }) => connectors.length > 0);
  }

  /** A connector by name. */
  find(name: string): GovernanceConnector | undefined {
    return this.connectors.find(name);
  }

  /** A value of a connector that is there: what the organization has set or inherits, else the default. Cached. */
  async read(orgId: string, connector: string, name: string): Promise<string> {
    const set = (await this.values.of(orgId, connector))[name];
    const property = this.connectors.get(connector).properties.find((one) => one.name === name);
    if (!property) throw new Error(`the connector ${connector} has no property ${name}`);
    return set ?? property.value;
  }

  /** Whether a property is `true`. */
  async isOn(orgId: string, connector: string, name: string): Promise<boolean> {
    return (await this.read(orgId, connector, name)) === 'true';
  }

  /** The value of a property as a number. */
  async number(orgId: string, connector: string, name: string): Promise<number> {
    return Number(await this.read(orgId, connector, name));
  }

  /** All properties of a connector with what holds for an organization, the numbered ones last and in order. */
  async describe(orgId: string, connector: GovernanceConnector): Promise<readonly PropertyValue[]> {
    const set = await this.values.of(orgId, connector.name);
    const usual = connector.properties.map((property) => ({ property, value: set[property.name] ?? property.value }));
    const numbered = Object.entries(set).flatMap(([name, value]) => {
      const property = connector.properties.some((one) => one.name === name) ? undefined : connector.numbered?.(name);
      return property ? [{ property, value }] : [];
    });
    const inOrder = (a: PropertyValue, b: PropertyValue) =>
      a.property.name.localeCompare(b.property.name, 'en', { numeric: true });
    return [...usual, ...numbered.sort(inOrder)];
  }

  /**
   * Sets properties of connectors, all or none.
   *
   * @throws ApiError 400 for a property that there is not, and a value that is not allowed
   */
  async change(orgId: string, changes: readonly ConnectorChange[]): Promise<void> {
    const checked = changes.flatMap(({ connector, properties }) =>
      properties.map(({ name, value }) => {
        const property = propertyOf(connector, name);
        const problem = problemOf(property, value);
        if (problem !== undefined) throw invalid(`${name}: ${problem}.`);
        return { topic: connector.name, name, value };
      }),
    );
    if (checked.length > MOST_NUMBERED) throw invalid(`Change at most ${MOST_NUMBERED} properties at once.`);
    await this.values.change(orgId, checked, 'update-governance-connectors');
  }

  /** Takes back what the organization has set: what it inherits holds, else the default. @throws ApiError 400 */
  async revert(orgId: string, connector: GovernanceConnector, names: readonly string[]): Promise<void> {
    const changes = names.map((name) => ({
      topic: connector.name,
      name: propertyOf(connector, name).name,
      value: undefined,
    }));
    await this.values.change(orgId, changes, 'revert-governance-connectors');
  }
}

const invalid = (description: string) => new ApiError('IDG-60001', 400, 'Invalid request.', description);

function propertyOf(connector: GovernanceConnector, name: string): ConnectorProperty {
  const found = connector.properties.find((one) => one.name === name) ?? connector.numbered?.(name);
  if (found) return found;
  const { refused = {} } = connector;
  if (Object.hasOwn(refused, name)) throw invalid(`${name} cannot be set here: ${refused[name]}.`);
  throw invalid(`The connector ${connector.name} has no property ${name}.`);
}
