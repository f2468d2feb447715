/**
 * Every file is private unless something reaches it. What plugins, rooms and modules are found by, rather than imported
 * by, is an entry. The doors core/<room>/index.ts are not: an export of a door that nobody uses, neither core, plugins,
 * tests nor an example in docs, is reported. One that is there for plugins outside this repository says so with the
 * comment `@public` in front of its name, inside the braces of the door's export.
 */
export default {
  entry: [
    'core/server.ts!',
    'core/cli/main.ts!',
    'core/*/module.ts!',
    // Loaded by URL: module hooks and worker threads.
    'core/**/*-hook.ts!',
    '{core,plugins}/**/*.worker.ts!',
    'plugins/*/*/plugin.ts!',
    'tests/**/*.test.ts',
    'tests/support/hooks.ts',
    'tools/*.mjs',
    'tools/*/main.ts',
    'tools/testing/child.mjs',
    'docs/**/*.md',
  ],
  project: ['core/**/*.ts!', 'plugins/**/*.ts!', 'tests/**/*.ts', 'tools/**/*.{ts,mjs}', 'docs/**/*.md'],
  // package.json's "exports" makes an entry of every door, and what an entry exports would never be reported.
  includeEntryExports: true,
  // An interface that only serves the signatures of its own file may be exported; through a door it must be used.
  ignoreExportsUsedInFile: { interface: true, type: true },
  ignoreIssues: Object.fromEntries(
    [
      'core/*/module.ts',
      'core/**/*-hook.ts',
      'plugins/*/*/plugin.ts',
      'tests/support/hooks.ts',
      'tools/**/*.d.mts',
      'tools/lint/knip.config.mjs',
    ]
      .map((path) => [path, ['exports', 'types']])
      // The types of a door are what plugins outside this repository are written against; its values have to be used here.
      .concat([['core/*/index.ts', ['types']]]),
  ),
  ignore: ['plugins/*/*/assets/**', 'tests/fixtures/**'],
  paths: { '#core/*': ['core/*/index.ts'] },
  compilers: { md: importsOfExamples },
  ignoreBinaries: ['apt-get', 'ldapwhoami', 'taskset'],
  ignoreDependencies: startedAsPrograms(),
};

/** A code example in the docs is a use, too: it must go on working. What it imports from its own files is not here. */
function importsOfExamples(text) {
  const examples = [...text.matchAll(/^```(?:ts|typescript)\n([\s\S]*?)^```/gm)].map(([, code]) => code);
  return examples.flatMap((code) => code.match(/^(?:import|export)\s[^;]*?from\s+'[^'.][^']*';?/gm) ?? []).join('\n');
}

/** Run by the scripts in tools/ as programs, so no file imports them. */
function startedAsPrograms() {
  // libsql is loaded by name, only where SQLite is used.
  return ['@biomejs/biome', 'libsql', 'oxlint', 'oxlint-tsgolint'];
}
