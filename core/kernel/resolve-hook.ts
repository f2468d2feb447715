/** Module customization hook: `gatehouse/<room>` is the door of that room in the running server. */
interface Resolution {
  url: string;
  shortCircuit?: boolean;
}

const place = { core: '' };

/** Called once by Node with the data given to `register`. */
export function initialize(data: { core: string }): void {
  place.core = data.core;
}

/** Called by Node for each import. */
export function resolve(
  specifier: string,
  context: object,
  nextResolve: (specifier: string, context: object) => Promise<Resolution>,
): Promise<Resolution> | Resolution {
  const room = /^gatehouse\/([a-z-]+)$/.exec(specifier)?.[1];
  return room
    ? { url: new URL(`${room}/index.js`, place.core).href, shortCircuit: true }
    : nextResolve(specifier, context);
}
