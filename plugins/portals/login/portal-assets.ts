import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { HttpRequest, Reply, RouteDeclaration } from '#core/http';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

interface Asset {
  /** Name with a hash of the content: `portal.1f2e3d4c5b6a.css`. */
  readonly hashed: string;
  readonly type: string;
  readonly text: string;
}

const FOLDER = '/authenticationendpoint/assets';

/** Style and pictures. Their addresses carry a hash of their content, so that a browser may keep them for ever. */
export class PortalAssets {
  readonly #byName: ReadonlyMap<string, Asset>;

  private constructor(assets: ReadonlyMap<string, Asset>) {
    this.#byName = assets;
  }

  /** Reads the files of a folder. */
  static load(folder: string): PortalAssets {
    const names = readdirSync(folder).filter((name) => extname(name) in types);
    return new PortalAssets(
      new Map(names.map((name) => [name, assetOf(name, readFileSync(join(folder, name), 'utf8'))])),
    );
  }

  /** Path of an asset below the organization of a request. */
  path(name: string, request: HttpRequest): string {
    const asset = this.#byName.get(name);
    if (!asset) throw new Error(`the login portal has no asset ${name}`);
    return `${request.organization.prefix}${FOLDER}/${asset.hashed}`;
  }

  /** Answers with an asset. A hash of another version gets today's content, but nobody may keep it. */
  answer(file: string): Reply {
    const name = file.replace(/\.[0-9a-f]{12}(?=\.\w+$)/, '');
    const asset = this.#byName.get(name);
    if (!asset) return { status: 404, text: 'There is nothing at this address.' };
    const caching = file === asset.hashed ? 'public, max-age=31536000, immutable' : 'no-cache';
    return { status: 200, text: asset.text, headers: { 'Content-Type': asset.type, 'Cache-Control': caching } };
  }
}

function assetOf(name: string, text: string): Asset {
  const extension = extname(name);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return {
    hashed: `${name.slice(0, -extension.length)}.${hash}${extension}`,
    type: types[extension] as string,
    text,
  };
}

/** The route of the assets. @param assets is asked at each request, because they are read when the plugin starts */
export function assetRoute(assets: () => PortalAssets): RouteDeclaration {
  return {
    operationId: 'getLoginPortalAsset',
    method: 'get',
    path: '/assets/:file',
    access: 'public',
    summary: 'Style or picture of the login pages',
    handle: ({ params }) => assets().answer(params['file'] ?? ''),
  };
}
