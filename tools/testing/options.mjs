import { parseArgs } from 'node:util';
import { defaultServices, serviceNames, sqlServices } from '../services/index.mjs';
import { ToolError } from '../setup/project.mjs';

export const usage = `npm test -- [options] [files, folders or parts of their names ...]
  --grep X          only tests whose full title matches the regular expression X
  --services LIST   of ${serviceNames.join(', ')}; "none" for none.
                    All by default, but samba only as root on Linux, and scim2 only where it can be had
  --database X      of sqlite, mariadb, postgres: what the servers of tests keep their identities in, where the test
                    itself names none (sqlite). Its service is started
  --jobs N          number of test processes (2)
  --timeout MS      time limit of one test (30000: a busy machine is no failure)
  --bail            each process stops at its first failure
  --forbid-only     fail when a test is marked with .only`;

/** Reads the arguments of `npm test`. */
export function readOptions(args) {
  const { values, positionals } = parse(args);
  const isTold = values.services !== undefined || process.env.GATEHOUSE_TEST_SERVICES !== undefined;
  const services = values.services ?? process.env.GATEHOUSE_TEST_SERVICES ?? defaultServices().join(',');
  const names = services === 'none' ? [] : services.split(',').map((name) => knownService(name.trim()));
  const database = knownDatabase(values.database);
  return {
    ...values,
    jobs: positive('jobs', values.jobs),
    timeout: positive('timeout', values.timeout),
    database,
    services: database === 'sqlite' ? names : [...new Set([...names, database])],
    /** Whether the services were chosen for this run. */
    isTold,
    patterns: positionals,
  };
}

function parse(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        grep: { type: 'string', short: 'g' },
        services: { type: 'string' },
        database: { type: 'string', default: 'sqlite' },
        jobs: { type: 'string', default: '2' },
        timeout: { type: 'string', default: '30000' },
        bail: { type: 'boolean', default: false },
        'forbid-only': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new ToolError(`${error.message}\n\n${usage}`);
  }
}

function positive(name, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new ToolError(`--${name} needs a whole number above zero.`);
  return value;
}

function knownDatabase(name) {
  if (!sqlServices.includes(name)) {
    throw new ToolError(`Unknown database "${name}": known are ${sqlServices.join(', ')}.`);
  }
  return name;
}

function knownService(name) {
  if (!serviceNames.includes(name)) {
    throw new ToolError(`Unknown service "${name}": known are ${serviceNames.join(', ')}.`);
  }
  return name;
}
