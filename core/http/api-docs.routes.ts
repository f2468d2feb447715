import { apiErrors } from './errors.js';
import { openApiDocument } from './openapi.js';
import type { RouteTable } from './route.js';

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

const style = `:root{color-scheme:light dark;--line:#8884}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2.5rem}li{list-style:none;border-top:1px solid var(--line);padding:.5rem 0}ul{padding:0}code{font:14px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
b{display:inline-block;min-width:4.5rem;font:600 13px ui-monospace,monospace}small{display:block;opacity:.75}`;

function page(tables: readonly RouteTable[]): string {
  const sections = tables.map((table) => {
    const items = table.routes.map((route) => {
      const access = typeof route.access === 'string' ? route.access : `scopes: ${route.access.scopes.join(' or ')}`;
      return `<li><b>${route.method.toUpperCase()}</b> <code>${escapeHtml(table.base + route.path)}</code><small>${escapeHtml(route.summary)} · ${escapeHtml(access)}</small></li>`;
    });
    return `<h2>${escapeHtml(table.name)}</h2><ul>${items.join('')}</ul>`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Gatehouse API</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="stylesheet" href="docs.css"></head>
<body><main><h1>Gatehouse API</h1><p>The machine-readable description is <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>${sections.join('')}</main></body></html>`;
}

/** The OpenAPI document and its page, made from the routes of the running server. */
export function apiDocsRoutes(tables: () => readonly RouteTable[], version: string): RouteTable {
  return {
    name: 'api-docs',
    base: '/api/docs',
    errors: apiErrors('DOC'),
    routes: [
      {
        operationId: 'getOpenApiDocument',
        method: 'get',
        path: '/openapi.json',
        access: 'public',
        cors: true,
        summary: 'This description, as OpenAPI 3.1',
        handle: (request) => ({ status: 200, json: openApiDocument(tables(), request.baseUrl, version) }),
      },
      {
        operationId: 'getApiPage',
        method: 'get',
        path: '/index.html',
        access: 'public',
        summary: 'This description, as a page',
        handle: () => ({ status: 200, html: page(tables()) }),
      },
      {
        operationId: 'getApiPageStyle',
        method: 'get',
        path: '/docs.css',
        access: 'public',
        summary: 'Style of the page',
        handle: () => ({
          status: 200,
          text: style,
          headers: { 'Content-Type': 'text/css', 'Cache-Control': 'public, max-age=3600' },
        }),
      },
    ],
  };
}
