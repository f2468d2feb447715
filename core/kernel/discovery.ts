import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BootError, reasonOf } from './errors.js';
import { API_VERSION, type DefinedPlugin, isDefinedPlugin } from './plugin.js';

/** A plugin and where it came from. */
export interface Discovered {
  readonly plugin: DefinedPlugin;
  /** A path relative to the server for its own plugins, else what the operator wrote. */
  readonly source: string;
  readonly origin: 'core' | 'plugins' | 'folder' | 'package';
}

/** Where to look. */
export interface DiscoveryPlaces {
  /** Folder with `core/` and `plugins/` (compiled). */
  readonly root: string;
  /** Folder against which relative `folders` and package names are resolved: that of `deployment.toml`. */
  readonly base: string;
  readonly folders: readonly string[];
  readonly packages: readonly string[];
}

interface Candidate {
  readonly file: string;
  readonly source: string;
  readonly origin: Discovered['origin'];
}

/** Finds and imports every plugin, sorted by place and name. Throws a {@link BootError} naming the first that is broken. */
export async function discover(places: DiscoveryPlaces): Promise<Discovered[]> {
  const own = [...scan(places.root, 'core'), ...scan(places.root, 'plugins')];
  const others = [
    ...places.folders.map((folder) => folderCandidate(places.base, folder)),
    ...places.packages.map((name) => packageCandidate(places.base, name)),
  ];
  if (others.length > 0) letOutsidersImportCore();
  const found: Discovered[] = [];
  for (const candidate of [...own, ...others]) found.push(await load(candidate));
  refuseDuplicates(found);
  return found;
}

function scan(root: string, top: 'core' | 'plugins'): Candidate[] {
  const files = top === 'core' ? glob(join(root, top), 1, 'module.js') : glob(join(root, top), 2, 'plugin.js');
  return files.map((file) => ({ file, source: file.slice(root.length + 1), origin: top }));
}

function glob(folder: string, depth: number, name: string): string[] {
  if (!existsSync(folder)) return [];
  const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return inner
    .map((entry) => entry.name)
    .sort()
    .flatMap((entry) => {
      if (depth > 1) return glob(join(folder, entry), depth - 1, name);
      const file = join(folder, entry, name);
      return existsSync(file) ? [file] : [];
    });
}

function folderCandidate(base: string, folder: string): Candidate {
  const full = isAbsolute(folder) ? folder : resolve(base, folder);
  if (!existsSync(full) || !statSync(full).isDirectory()) {
    throw new BootError(`[plugins] folders: there is no folder ${folder}`);
  }
  const manifest = join(full, 'package.json');
  const named = existsSync(manifest) ? manifestEntry(manifest) : undefined;
  const entry = [named, 'plugin.js', 'dist/plugin.js'].find(
    (name) => name !== undefined && existsSync(join(full, name)),
  );
  if (!entry)
    throw new BootError(
      `[plugins] folders: ${folder} has no plugin.js (nor dist/plugin.js, nor "gatehouse" in its package.json)`,
    );
  return { file: join(full, entry), source: folder, origin: 'folder' };
}

function packageCandidate(base: string, name: string): Candidate {
  try {
    const manifest = createRequire(join(base, 'deployment.toml')).resolve(`${name}/package.json`);
    const entry = manifestEntry(manifest);
    if (!entry)
      throw new BootError(`[plugins] packages: the package.json of ${name} has no "gatehouse": { "plugin": FILE }`);
    return { file: join(dirname(manifest), entry), source: name, origin: 'package' };
  } catch (cause) {
    if (cause instanceof BootError) throw cause;
    throw new BootError(
      `[plugins] packages: ${name} is not installed beside the configuration file: ${firstLine(cause)}`,
      { cause },
    );
  }
}

function manifestEntry(manifest: string): string | undefined {
  try {
    const parsed = JSON.parse(readFileSync(manifest, 'utf8')) as { gatehouse?: { plugin?: unknown } } | null;
    const plugin = parsed?.gatehouse?.plugin;
    return typeof plugin === 'string' ? plugin : undefined;
  } catch (cause) {
    throw new BootError(`[plugins] ${manifest} cannot be read: ${firstLine(cause)}`, { cause });
  }
}

async function load({ file, source, origin }: Candidate): Promise<Discovered> {
  let loaded: { default?: unknown };
  try {
    loaded = (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (cause) {
    throw new BootError(`plugin ${source} cannot be loaded: ${firstLine(cause)}`, { cause });
  }
  const plugin = loaded.default;
  if (!isDefinedPlugin(plugin)) throw new BootError(`plugin ${source} has no default export made by definePlugin()`);
  if (plugin.apiVersion !== API_VERSION) {
    throw new BootError(
      `plugin ${plugin.id} (${source}) is made for plugin API ${plugin.apiVersion}, this server has ${API_VERSION}`,
    );
  }
  return { plugin, source, origin };
}

function refuseDuplicates(found: readonly Discovered[]): void {
  const seen = new Map<string, string>();
  for (const { plugin, source } of found) {
    const other = seen.get(plugin.id);
    if (other !== undefined) throw new BootError(`plugin id ${plugin.id} is used twice: by ${other} and by ${source}`);
    seen.set(plugin.id, source);
  }
}

const firstLine = (thrown: unknown) => reasonOf(thrown).split('\n')[0] as string;

const hooked = Symbol.for('gatehouse.resolve-hook');

/**
 * Lets a plugin outside the tree write `import ... from 'gatehouse/oauth'` without having the server in its node_modules.
 * The doors are those beside this very kernel: one process has one copy of the code, however many servers run in it.
 */
function letOutsidersImportCore(): void {
  const state = globalThis as { [hooked]?: true };
  if (state[hooked]) return;
  state[hooked] = true;
  const here = dirname(fileURLToPath(import.meta.url));
  const core = pathToFileURL(join(dirname(here), '/')).href;
  register(pathToFileURL(join(here, 'resolve-hook.js')).href, { data: { core } });
}
