// The data plane's door: which route, whose token, which scope, in the order of the Go server.
import { HttpError, sendJson } from './http.mjs';
import { fsRoutes, storedPath } from './fs-routes.mjs';
import { allowsPath, allowsRoute } from './scopes.mjs';
import { syncRoutes } from './sync-routes.mjs';

const PREFIX = /^\/v1\/workspaces\/([^/]+)(\/.*)$/;

const routes = [...fsRoutes, ...syncRoutes].map(([method, pattern, scope, pathFrom, handle]) => ({
  method, scope, pathFrom, handle, regex: new RegExp(`^${pattern.replace('{id}', '([^/]+)')}$`),
}));

export class DataPlane {
  constructor({ store, tokens, providers, settings }) {
    Object.assign(this, { store, tokens, providers, settings });
  }

  async handle(req, res, url) {
    const correlationId = (req.headers['x-correlation-id'] ?? '').trim();
    try {
      if (req.method === 'GET' && url.pathname === '/health') {
        sendJson(res, 200, { status: 'ok' });
        return;
      }
      await this.#route(req, res, url, correlationId);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      const { status, code, message, extra, headers } = error;
      sendJson(res, status, { code, message, correlationId, ...extra }, headers);
    }
  }

  async #route(req, res, url, correlationId) {
    const found = PREFIX.exec(url.pathname);
    const match = found && matchRoute(req.method, found[2]);
    if (!match) throw new HttpError(404, 'not_found', 'route not found');
    const workspaceId = decodeURIComponent(found[1]);
    const query = url.searchParams;
    const claims = this.authorize(bearer(req), workspaceId, match.route.scope, routePath(match.route, query));
    if (!correlationId) throw new HttpError(400, 'bad_request', 'missing X-Correlation-Id header');
    await match.route.handle({
      req, res, query, claims, correlationId, id: match.id, workspace: this.store.workspace(workspaceId),
      settings: this.settings, providers: this.providers,
    });
  }

  authorize(token, workspaceId, scope, path) {
    if (!token) throw new HttpError(401, 'unauthorized', 'missing or invalid bearer token');
    const claims = this.tokens.verify(token);
    if (claims.workspace !== workspaceId) throw new HttpError(403, 'forbidden', 'workspace mismatch');
    const allowed = path === null ? allowsRoute(claims.scopes, scope) : allowsPath(claims.scopes, scope, path);
    if (!allowed) throw new HttpError(403, 'forbidden', `missing required scope: ${scope}`);
    return claims;
  }
}

function matchRoute(method, rest) {
  for (const route of routes) {
    const match = route.method === method && route.regex.exec(rest);
    if (match) return { route, id: match[1] && decodeURIComponent(match[1]) };
  }
  return null;
}

function bearer(req) {
  const header = req.headers.authorization ?? '';
  return header.startsWith('Bearer ') ? header.slice(7).trim() : '';
}

function routePath({ pathFrom }, query) {
  switch (pathFrom) {
    case 'query': return storedPath(query.get('path') || '/');
    case 'raw': return (query.get('path') ?? '').trim();
    case 'root': return '/';
    default: return null;
  }
}
