import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup/project.mjs';

/** Folder of the Python environment of its own that the checker is installed in. */
const home = join(root, 'node_modules', '.cache', 'scim2');
const releases = ['scim2-cli==0.6.0', 'scim2-tester==0.5.2'];

/** Where the checker is when the runner has installed it. */
export const scim2Path = join(home, 'bin', 'scim2');

/** Installs the checker from Python's registry. False: that cannot be done here; then nothing is left behind. */
export function installScim2() {
  console.error(`Installing ${releases.join(', ')} for the tests ...`);
  const isMade =
    runs('python3', ['-m', 'venv', home]) &&
    runs(join(home, 'bin', 'pip'), [
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--retries',
      '1',
      ...releases,
    ]);
  if (!isMade) rmSync(home, { recursive: true, force: true });
  return isMade;
}

function runs(program, args) {
  return spawnSync(program, args, { stdio: ['ignore', 2, 2], timeout: 300_000 }).status === 0;
}
