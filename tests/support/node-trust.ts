import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import type { TestServer } from './test-server.js';

/**
 * Lets the `fetch` of this process trust a test server's certificate, for libraries that take no `fetch` of ours.
 *
 * @returns sets it back
 */
export function trustGlobally(server: TestServer): () => Promise<void> {
  const before = getGlobalDispatcher();
  const agent = new Agent({ connect: { ca: server.authority } });
  setGlobalDispatcher(agent);
  return () => {
    setGlobalDispatcher(before);
    return agent.destroy();
  };
}
