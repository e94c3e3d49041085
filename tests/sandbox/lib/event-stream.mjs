// The data plane's WebSocket: catches up from a cursor, then sends every event as it happens.
import { WebSocketServer } from 'ws';
import { HttpError, rfc3339 } from './http.mjs';
import { eventJson } from './fs-routes.mjs';
import { allowsPath } from './scopes.mjs';

const ROUTE = /^\/v1\/workspaces\/([^/]+)\/fs\/ws$/;
const INLINE_LIMIT = 1024 * 1024;
const CATCH_UP = 100;

export class EventStream {
  #server = new WebSocketServer({ noServer: true });
  #listeners = new Set();

  constructor({ store, dataPlane }) {
    this.store = store;
    this.dataPlane = dataPlane;
    store.onEvent = (workspace, event) => {
      for (const listener of this.#listeners) if (listener.workspace === workspace) listener.send(event);
    };
  }

  get connections() {
    return this.#listeners.size;
  }

  upgrade(req, socket, head, url, answered) {
    const params = url.searchParams;
    const filters = params.getAll('path');
    const match = ROUTE.exec(url.pathname);
    let workspace;
    try {
      if (!match) throw new HttpError(404, 'not_found', 'route not found');
      const id = decodeURIComponent(match[1]);
      const claims = this.dataPlane.authorize(params.get('token') ?? '', id, 'fs:read', null);
      const roots = filters.length ? filters.map((filter) => filter.replace(/\/?\*.*$/, '') || '/') : ['/'];
      if (!roots.every((root) => allowsPath(claims.scopes, 'fs:read', root))) {
        throw new HttpError(403, 'forbidden', 'missing required scope: fs:read');
      }
      workspace = this.store.workspace(id);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      answered(error.status);
      refuse(socket, error);
      return;
    }
    this.#server.handleUpgrade(req, socket, head, (client) => {
      answered(101);
      this.#attach(client, workspace, params, filters);
    });
  }

  #attach(client, workspace, params, filters) {
    const wanted = (path) => filters.length === 0 || filters.some((filter) => globMatches(filter, path));
    const listener = {
      client,
      workspace,
      send: (event) => { if (wanted(event.path)) client.send(JSON.stringify(withContent(workspace, event))); },
    };
    for (const event of catchUp(workspace, params)) listener.send(event);
    this.#listeners.add(listener);
    client.on('close', () => this.#listeners.delete(listener));
    client.on('error', () => {});
    client.on('message', (data) => {
      let message;
      try {
        message = JSON.parse(data.toString());
      } catch {
        client.close(1007, 'invalid json');
        return;
      }
      if (message?.type === 'ping') client.send(JSON.stringify({ type: 'pong', timestamp: rfc3339() }));
    });
  }

  // For tests: ends every live connection, as a restart of the server would.
  closeAll(code = 1001, reason = 'going away') {
    const count = this.#listeners.size;
    for (const { client } of this.#listeners) client.close(code, reason);
    return count;
  }

  shutdown() {
    for (const { client } of this.#listeners) client.terminate();
    this.#server.close();
  }
}

function catchUp(workspace, params) {
  const cursor = params.get('cursor');
  if (cursor) {
    const index = workspace.events.findIndex((event) => event.eventId === cursor);
    return index < 0 ? [] : workspace.events.slice(index + 1);
  }
  return params.get('from') === 'now' ? [] : workspace.getRecentEvents(CATCH_UP);
}

function withContent(workspace, event) {
  const message = eventJson(event);
  const file = workspace.getFile(event.path);
  const current = file && file.revision === event.revision && (event.type === 'file.created' || event.type === 'file.updated');
  if (!current || file.content.length > INLINE_LIMIT) return message;
  return {
    ...message, contentType: file.contentType, content: file.content,
    encoding: file.encoding === 'base64' ? 'base64' : undefined, inlineContent: true,
  };
}

// Exact, "*" for one segment, a trailing "**" for the rest.
function globMatches(glob, path) {
  const want = glob.split('/');
  const have = path.split('/');
  for (let i = 0; i < want.length; i += 1) {
    if (want[i] === '**' && i === want.length - 1) return true;
    if (i >= have.length || (want[i] !== '*' && want[i] !== have[i])) return false;
  }
  return want.length === have.length;
}

function refuse(socket, { status, code, message }) {
  const body = JSON.stringify({ code, message, correlationId: '' });
  socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}
