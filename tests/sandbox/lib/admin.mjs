// The test's own routes: break one thing, look at what was seen, start over. Loopback only, without a sign-in.
import { HttpError, isText, readJson, sendJson } from './http.mjs';
import { changeSettings } from './settings.mjs';
import { acknowledge, operationJson } from './writeback.mjs';
import { storedPath } from './fs-routes.mjs';

const LIMIT = 16 * 1024 * 1024;

export class Admin {
  constructor(sandbox) {
    this.sandbox = sandbox;
    this.routes = [
      ['GET', /^\/faults$/, () => ({ faults: sandbox.faults.list() })],
      ['POST', /^\/faults$/, ({ body }) => ({ id: sandbox.faults.add(body) })],
      ['DELETE', /^\/faults(?:\/([^/]+))?$/, ({ args }) => ({ removed: sandbox.faults.remove(args[0]) })],
      ['POST', /^\/providers\/([^/]+)$/, ({ args, body }) => sandbox.providers.set(args[0], body)],
      ['GET', /^\/providers$/, () => sandbox.providers.rules],
      ['GET', /^\/provider-log$/, () => [...sandbox.providers.log.values()]],
      ['POST', /^\/ops\/([^/]+)$/, this.#decideOp],
      ['POST', /^\/files$/, this.#putFile],
      ['DELETE', /^\/files$/, this.#deleteFile],
      ['POST', /^\/stuck$/, this.#stuck],
      ['GET', /^\/settings$/, () => sandbox.settings],
      ['POST', /^\/settings$/, ({ body }) => changeSettings(sandbox.settings, body)],
      ['POST', /^\/revoke$/, this.#revoke],
      ['POST', /^\/token$/, this.#token],
      ['POST', /^\/session$/, ({ body }) => this.#session(body)],
      ['POST', /^\/device\/(approve|deny)$/, this.#device],
      ['POST', /^\/ws\/close$/, ({ body }) => ({ closed: sandbox.stream.closeAll(body.code, body.reason) })],
      ['GET', /^\/requests$/, ({ query }) => sandbox.ledger.report(query.get('pathPrefix') ?? '')],
      ['DELETE', /^\/requests$/, () => { sandbox.ledger.reset(); return {}; }],
      ['GET', /^\/secrets$/, () => ({ secrets: [...sandbox.ledger.secrets].map(([value, kind]) => ({ kind, value })) })],
      ['POST', /^\/reset$/, () => { sandbox.reset(); return {}; }],
    ];
  }

  async handle(req, res, url) {
    try {
      if (!this.#ownHost(req)) throw new HttpError(403, 'forbidden', 'wrong Host header');
      const path = url.pathname.slice('/admin'.length);
      for (const [method, pattern, handler] of this.routes) {
        const match = method === req.method && pattern.exec(path);
        if (!match) continue;
        const body = method === 'GET' ? {} : await readJson(req, LIMIT, { allowEmpty: true });
        const args = match.slice(1).map((arg) => arg && decodeURIComponent(arg));
        sendJson(res, 200, await handler.call(this, { body, args, query: url.searchParams }));
        return;
      }
      throw new HttpError(404, 'not_found', 'route not found');
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      sendJson(res, error.status, { error: error.message, code: error.code });
    }
  }

  // A page in a browser on this computer could be led here under another name; it must not get in.
  #ownHost(req) {
    const { port } = new URL(this.sandbox.base);
    return [`127.0.0.1:${port}`, `localhost:${port}`].includes(req.headers.host);
  }

  #workspace(id) {
    if (!isText(id)) throw new HttpError(400, 'bad_request', 'missing workspace');
    return this.sandbox.store.workspace(id);
  }

  #decideOp({ args, body }) {
    const workspace = this.sandbox.store.findOperation(args[0]);
    if (!workspace) throw new HttpError(404, 'not_found', 'no such operation');
    const { result, status, ...rest } = body;
    if (status) workspace.putOperation({ ...workspace.getOperation(args[0]), status, lastError: rest.error ?? null });
    else if (result === 'succeed' || result === 'fail') acknowledge(workspace, args[0], { success: result === 'succeed', ...rest });
    else throw new HttpError(400, 'bad_request', 'result must be succeed or fail, or give a status');
    return operationJson(workspace.getOperation(args[0]));
  }

  #putFile({ body }) {
    const { content, contentType, encoding, providerObjectId } = body;
    if (!isText(body.path) || typeof content !== 'string') throw new HttpError(400, 'bad_request', 'missing path or content');
    const path = storedPath(body.path);
    const revision = this.#workspace(body.workspace).putFromProvider({
      path, content, encoding, providerObjectId, contentType: contentType ?? guessType(path),
    });
    return { path, revision };
  }

  #deleteFile({ body, query }) {
    const path = storedPath(body.path ?? query.get('path') ?? '');
    const revision = this.#workspace(body.workspace ?? query.get('workspace')).deleteFromProvider(path);
    if (!revision) throw new HttpError(404, 'not_found', 'no such file');
    return { path, revision };
  }

  // Events whose file cannot be read: a careful reader stops at them.
  #stuck({ body }) {
    const workspace = this.#workspace(body.workspace);
    const { count = 1, prefix = '/notion/ghosts' } = body;
    const paths = [];
    for (let i = 0; i < count; i += 1) {
      const revision = workspace.nextRevision();
      const path = `${storedPath(prefix)}/ghost-${revision.slice(4)}.md`;
      workspace.event('file.created', path, { revision });
      paths.push(path);
    }
    return { paths };
  }

  #revoke({ body }) {
    const { cloudAuth, relayauth, tokens } = this.sandbox;
    switch (body.what) {
      case 'cloud-sessions': return { revoked: cloudAuth.sessions.revokeAll() };
      case 'delegations': return { revoked: relayauth.delegations.revokeAll() };
      case 'data-plane-tokens': tokens.revokeAll(); return { revoked: true };
      default: throw new HttpError(400, 'bad_request', 'what must be cloud-sessions, delegations or data-plane-tokens');
    }
  }

  #token({ body }) {
    const { workspace, scopes = ['fs:read', 'fs:write', 'ops:read', 'ops:replay', 'sync:read', 'sync:trigger'], ttlSeconds = 3600, sub = 'tester' } = body;
    if (!isText(workspace)) throw new HttpError(400, 'bad_request', 'missing workspace');
    return this.sandbox.tokens.sign({ workspace, scopes, ttlSeconds, sub });
  }

  // A cloud sign-in without pages.
  #session({ person }) {
    const { people, cloudAuth, base } = this.sandbox;
    const found = people.find(({ id, email }) => [id, email].includes(person ?? people[0].id));
    if (!found) throw new HttpError(404, 'not_found', 'no such person');
    return { apiUrl: `${base}/cloud`, ...cloudAuth.signIn(found.id) };
  }

  async #device({ args, body }) {
    const { cloudAuth, oidc } = this.sandbox;
    const allow = args[0] === 'approve';
    const userCode = String(body.userCode ?? '');
    if (!cloudAuth.decideDevice(userCode, allow) && !(await oidc.decideDevice(userCode, allow))) {
      throw new HttpError(404, 'not_found', 'no such user code is waiting');
    }
    return { decided: args[0] };
  }
}

function guessType(path) {
  const extension = path.slice(path.lastIndexOf('.') + 1);
  return { md: 'text/markdown', json: 'application/json', txt: 'text/plain', png: 'image/png' }[extension] ?? 'application/octet-stream';
}
