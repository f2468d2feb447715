import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { BootError, ConfigurationError } from '#core/kernel';
import { bootKernel, fixtures, fixtureTree } from '../../support/kernels.js';

const folder = join(fixtures, 'configuration');
const SECRET = 'hunter2-from-outside';

/** The whole message, or nothing when the configuration is accepted. */
async function messageFor(toml: string): Promise<string> {
  try {
    await bootKernel({ root: fixtureTree, toml, sources: { env: { SHOP_SECRET: SECRET } } });
    return '';
  } catch (error) {
    if (error instanceof ConfigurationError || error instanceof BootError) return error.message;
    throw error;
  }
}

/** Each file: a deployment.toml, a divider, the exact message (nothing: it is accepted). */
describe('configuration errors', () => {
  for (const file of readdirSync(folder).sort()) {
    it(file.replace('.golden', '').replaceAll('-', ' '), async () => {
      const [toml, expected] = readFileSync(join(folder, file), 'utf8').split('-----\n') as [string, string];
      const message = await messageFor(file.startsWith('crlf') ? toml.replaceAll('\n', '\r\n') : toml);
      expect(message).to.equal(expected.trimEnd());
      expect(message).not.to.contain('hunter2').and.not.to.contain('12345678');
      expect(({} as { polluted?: boolean }).polluted).to.equal(undefined);
    });
  }
});
