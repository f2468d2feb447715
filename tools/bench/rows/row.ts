import type { Operation } from '../load/drive.js';
import type { Facts } from '../servers/host.js';
import type { IdentityFacts } from '../servers/identity.js';

/** What a reader has to know to compare a row with another one. */
export interface Conditions {
  readonly key: string;
  readonly format: string;
  readonly auth: string;
  /** What Gatehouse stores for it. */
  readonly store: string;
  readonly durability: string;
}

/** A row that is measured on both identity servers. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly conditions: Conditions;
  /** Why the peer has no number here, when it cannot do it. */
  readonly peerLacks?: string;
  /** A row to measure on Gatehouse by turns with this one, where no peer tells what the machine can do. */
  readonly reference?: Row;
  /** Gatehouse as it ships when absent. */
  readonly server?: 'gatehouse-unkept';
  /** Gets ready what the operation needs (tokens), then gives the operation. */
  prepare(facts: IdentityFacts, connections: number): Promise<Operation>;
}

/** A limit: what this core does at most. */
export interface Limit {
  readonly name: string;
  readonly title: string;
  /** A piece of work of the process itself, or a port to ask. */
  readonly compute?: string;
  readonly port?: (facts: Facts) => number;
}
