import { homedir } from 'node:os';
import { dirname } from 'node:path';

const secrets = [
  { pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/, text: 'a private key', allowed: /^tests\// },
  { pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/, text: 'an AWS access key' },
  { pattern: /\b(?:ghp|gho|ghs|github_pat|glpat|npm|xox[abp])[_-][A-Za-z0-9_]{20,}\b/, text: 'an access token' },
  { pattern: /\bAIza[0-9A-Za-z_-]{35}\b/, text: 'an API key' },
  { pattern: /\/\/[^\s/]*:_(?:authToken|password)\s*=/, text: "a registry's credentials" },
];
const homes = /(?<![\w.:/-])\/(?:home|Users)\/[A-Za-z][\w.-]*\//;
const everybodysFolders = new Set([
  '/',
  '/tmp',
  '/home',
  '/root',
  '/usr',
  '/opt',
  '/srv',
  '/var',
  '/app',
  '/src',
  '/mnt',
]);

/** Finds what must not be published: secrets, and paths that exist only on the machine of whoever wrote the line. */
export function inspectText(path, text, root) {
  const problems = [];
  const local = localPaths(root);
  text.split('\n').forEach((content, index) => {
    const add = (rule, message) => problems.push({ path, line: index + 1, rule, text: message });
    for (const { pattern, text: what, allowed } of secrets) {
      if (pattern.test(content) && !allowed?.test(path)) add('secret', what);
    }
    if (homes.test(content) || local.some((pattern) => pattern.test(content)))
      add('path', "a path of somebody's machine");
  });
  return problems;
}

/** The lock file names versions and checksums; where a machine fetched them from is its own affair. */
export function inspectLockFile(path, text) {
  const lines = text.split('\n');
  return lines.flatMap((content, index) =>
    /^\s*"resolved":/.test(content)
      ? [{ path, line: index + 1, rule: 'resolved', text: 'says where a package was fetched from' }]
      : [],
  );
}

/** The checkout, the folder around it, and the home folder, as far as their names are not everybody's. */
function localPaths(root) {
  const candidates = [root, dirname(root), homedir()].filter((folder) => !everybodysFolders.has(folder));
  const own = homedir() === '/root' ? ['/root'] : [];
  return [...new Set([...candidates, ...own])].map((folder) => {
    const escaped = folder.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return new RegExp(`(?<![\\w.:/-])${escaped}/[\\w.-]`);
  });
}
