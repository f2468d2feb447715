import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix, sep } from 'node:path';
import { Receiver, type TlsPair } from './receiver.js';

/** How a browser gets the packages that a page imports. */
interface Package {
  /** File that the package begins with, for browsers. */
  readonly entry: string;
  /** For CommonJS packages: names that the page imports beside the default. */
  readonly names?: readonly string[];
}

/** A web server with one page whose scripts import packages of this project, unmodified, by an import map. */
export class ModuleSite {
  private constructor(
    private readonly receiver: Receiver,
    private readonly packages: ReadonlyMap<string, Package>,
    private readonly page: { html: string },
  ) {}

  /**
   * Starts one on a free port.
   *
   * @param packages by the name by which they are imported
   */
  static async start(tls: TlsPair, packages: Readonly<Record<string, Package>>): Promise<ModuleSite> {
    const known = new Map(Object.entries(packages));
    const page = { html: '' };
    const receiver = await Receiver.start(({ url: { pathname } }) => {
      const [, name, path] = /^\/modules\/((?:@[^/]+\/)?[^/]+)\/(.*)$/.exec(pathname) ?? [];
      const found = known.get(name ?? '') ?? known.get(`${name}/`);
      if (!found) return { headers: { 'content-type': 'text/html' }, body: page.html };
      const body = found.names
        ? bundled(found.entry, found.names)
        : readFileSync(join(dirname(found.entry), path ?? ''), 'utf8');
      return { headers: { 'content-type': 'text/javascript', 'cache-control': 'max-age=3600' }, body };
    }, tls);
    return new ModuleSite(receiver, known, page);
  }

  /** `https://localhost:PORT` */
  get origin(): string {
    return this.receiver.origin;
  }

  /** Sets what stands at every address. @param script a module @param body of the page */
  show(script: string, body: string): void {
    const imports = Object.fromEntries(
      [...this.packages].map(([name, { entry, names }]) => {
        const folder = `/modules/${name.replace(/\/$/, '')}/`;
        return [name, names ? folder : posix.join(folder, entry.split(sep).at(-1) ?? '')];
      }),
    );
    const map = JSON.stringify({ imports });
    this.page.html = `<!doctype html><title>loading</title><script type="importmap">${map}</script>${body}<script type="module">${script}</script>`;
  }

  stop(): Promise<void> {
    return this.receiver.stop();
  }
}

/** A CommonJS package with all that it requires, as one module. */
function bundled(entry: string, names: readonly string[]): string {
  const files = new Map<string, string>();
  const add = (file: string): string => {
    if (files.has(file)) return file;
    files.set(file, '');
    const source = readFileSync(file, 'utf8');
    const required = [...source.matchAll(/\brequire\((['"])([^'"]+)\1\)/g)].map(([, , name = '']) => name);
    const places = Object.fromEntries(required.map((name) => [name, add(createRequire(file).resolve(name))]));
    files.set(file, `[${JSON.stringify(places)}, function (module, exports, require) {${source}\n}]`);
    return file;
  };
  add(entry);
  const all = [...files].map(([file, code]) => `${JSON.stringify(file)}: ${code}`).join(',\n');
  return `const files = {${all}};
const loaded = {};
const load = (file) => {
  if (loaded[file]) return loaded[file].exports;
  const [places, run] = files[file];
  const module = (loaded[file] = { exports: {} });
  run(module, module.exports, (name) => load(places[name]));
  return module.exports;
};
const all = load(${JSON.stringify(entry)});
export default all;
${names.length === 0 ? '' : `export const { ${names.join(', ')} } = all;`}`;
}
