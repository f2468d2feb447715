import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accepts, accountForRoot, giveTo, runToEnd, ServerProcess } from './process.mjs';
import { locate } from './programs.mjs';

/** Prepares a MariaDB server with an empty database `gatehouse`; the caller starts it. */
export async function prepareMariadb({ folder, port, durable, secret }) {
  const { server, install } = locate('mariadb');
  const account = accountForRoot('mysql');
  giveTo(folder, account);
  const data = join(folder, 'data');
  const storage = [
    `--datadir=${data}`,
    // Without an account of its own it insists on being told that root is meant.
    ...(process.getuid?.() === 0 && account === undefined ? ['--user=root'] : []),
    '--innodb-buffer-pool-size=64M',
    '--innodb-log-file-size=32M',
    ...(durable ? [] : ['--innodb-flush-method=nosync', '--innodb-doublewrite=0', '--skip-sync-frm']),
  ];
  await runToEnd(
    install,
    ['--no-defaults', ...storage, '--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'],
    { cwd: folder, account },
  );
  const initFile = join(folder, 'init.sql');
  writeFileSync(initFile, accountStatements(secret), { mode: 0o644 });
  return new ServerProcess({
    name: 'mariadb',
    program: server,
    args: ['--no-defaults', ...storage, ...serverOptions(folder, port, durable), `--init-file=${initFile}`],
    cwd: folder,
    account,
    ready: () => accepts(port),
  });
}

function serverOptions(folder, port, durable) {
  return [
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${join(folder, 'my.sock')}`,
    `--pid-file=${join(folder, 'my.pid')}`,
    // A server that starts deletes the temporary tables of every other one that shares its folder for them.
    `--tmpdir=${folder}`,
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_unicode_ci',
    '--default-time-zone=+00:00',
    `--innodb-flush-log-at-trx-commit=${durable ? 1 : 0}`,
    '--performance-schema=OFF',
    '--skip-log-bin',
    '--skip-name-resolve',
    '--max-connections=400',
  ];
}

/** Run at each start, so every statement may be repeated. One statement a line: that is how the server reads them. */
function accountStatements(secret) {
  return [
    'CREATE DATABASE IF NOT EXISTS gatehouse;',
    `CREATE USER IF NOT EXISTS 'gatehouse'@'%' IDENTIFIED BY '${secret}';`,
    "GRANT ALL PRIVILEGES ON *.* TO 'gatehouse'@'%' WITH GRANT OPTION;",
    '',
  ].join('\n');
}
