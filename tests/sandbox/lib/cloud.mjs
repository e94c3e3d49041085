// The cloud's routes behind a sign-in: who am I, workspaces, integrations, the delegated bundle, replay of an operation.
import { randomBytes } from 'node:crypto';
import { HttpError, readJson, rfc3339, send, sendJson } from './http.mjs';
import { messagePage } from './pages.mjs';
import { normalizeScopes } from './scopes.mjs';
import { replay } from './writeback.mjs';

const CATALOG = ['github', 'linear', 'notion'].map((id) => ({
  id, displayName: { github: 'GitHub', linear: 'Linear', notion: 'Notion' }[id], configKey: id, vfsRoot: `/${id}`, deprecated: false,
}));

export const MINT_ERRORS = {
  needs_reauth: [401, 'Sign in again to get access to this workspace.'],
  scope_insufficient: [403, 'You may not hand out this access.'],
  invalid_scope: [400, 'This scope is not known.'],
  relayauth_unavailable: [503, 'The token service is not available.'],
};

export class Cloud {
  constructor({ base, auth, relayauth, store, providers, settings, directory }) {
    Object.assign(this, { base, auth, relayauth, store, providers, settings, directory });
    this.routes = [
      ['GET', /^\/auth\/whoami$/, this.whoami],
      ['GET', /^\/workspaces$/, this.list],
      ['POST', /^\/workspaces$/, this.create],
      ['GET', /^\/workspaces\/([^/]+)\/resolve$/, this.resolve],
      ['POST', /^\/workspaces\/([^/]+)\/relayfile\/delegated-token$/, this.mint],
      ['GET', /^\/workspaces\/([^/]+)\/integrations$/, this.integrations],
      ['GET', /^\/integrations\/catalog$/, this.catalog],
      ['POST', /^\/workspaces\/([^/]+)\/ops\/([^/]+)\/replay$/, this.replayOp],
    ];
  }

  async handle(req, res, url) {
    const path = url.pathname.slice('/cloud'.length);
    const ctx = { req, res, query: url.searchParams };
    try {
      const open = this.auth.handler(req.method, path);
      if (open) await open(ctx);
      else await this.#signedIn(ctx, path.slice('/api/v1'.length), path.startsWith('/api/v1/'));
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      this.#fail(ctx, path, error);
    }
  }

  async #signedIn(ctx, path, known) {
    for (const [method, pattern, handler] of known ? this.routes : []) {
      const match = method === ctx.req.method && pattern.exec(path);
      if (match) {
        const person = this.auth.person(ctx.req);
        await handler.call(this, { ...ctx, person, args: match.slice(1).map(decodeURIComponent) });
        return;
      }
    }
    throw new HttpError(404, 'not_found', 'Not found.');
  }

  // A page for people, JSON for programs.
  #fail({ req, res }, path, { status, code, message }) {
    if (path === '/device' || path === '/api/v1/cli/login') {
      const { html, headers } = messagePage('This did not work', message);
      send(res, status, html, headers);
    } else {
      sendJson(res, status, { error: message, code });
    }
  }

  whoami({ res, person }) {
    const workspaceId = this.directory.visibleTo(person)[0]?.cloudId;
    const { id, name, email, organization } = person;
    sendJson(res, 200, {
      authenticated: true, userId: id, email, name, organizationId: organization.id, organizationSlug: organization.slug,
      organizationName: organization.name, organizationRole: person.role, workspaceId, apiUrl: `${this.base}/cloud`,
    });
  }

  list({ res, person }) {
    sendJson(res, 200, {
      workspaces: this.directory.visibleTo(person).map(({ cloudId, relayId, name, slug }) => ({
        id: cloudId, cloudWorkspaceId: cloudId, relayfileWorkspaceId: relayId, name, slug, relayfileUrl: this.base, provisioned: true,
      })),
    });
  }

  async create({ req, res, person }) {
    const { name } = await readJson(req, this.settings.maxBodyBytes, { allowEmpty: true });
    const key = randomBytes(6).toString('hex');
    const title = (typeof name === 'string' && name.trim()) || `workspace-${key}`;
    const workspace = this.directory.add({
      cloudId: `cw_${key}`, relayId: `rw_${key}`, name: title, slug: title.toLowerCase().replace(/[^a-z0-9]+/g, '-'), members: [person.id],
    });
    sendJson(res, 201, {
      workspaceId: workspace.cloudId, relayfileWorkspaceId: workspace.relayId, relayfileUrl: this.base,
      relayauthUrl: `${this.base}/relayauth`, createdAt: rfc3339(), name: title,
    });
  }

  #find(person, id) {
    const workspace = this.directory.find(person, id);
    if (!workspace) throw new HttpError(404, 'workspace_not_found', 'This workspace does not exist or is not yours.');
    return workspace;
  }

  resolve({ res, person, args }) {
    const { cloudId, relayId, name, slug } = this.#find(person, args[0]);
    sendJson(res, 200, {
      cloudWorkspaceId: cloudId, workspaceId: cloudId, relayfileWorkspaceId: relayId, relayauthWorkspaceId: relayId, name, slug,
      organizationId: person.organization.id, urls: { relayfile: this.base, relayauth: `${this.base}/relayauth` }, relayfileUrl: this.base, provisioned: true,
    });
  }

  async mint({ req, res, person, args }) {
    const body = await readJson(req, this.settings.maxBodyBytes);
    const workspace = this.#find(person, args[0]);
    const forced = MINT_ERRORS[this.settings.mintError];
    if (forced) throw new HttpError(forced[0], this.settings.mintError, forced[1]);
    const granted = Array.isArray(body.scopes) && body.scopes.length > 0 && normalizeScopes(body.scopes);
    if (!granted) throw new HttpError(400, 'invalid_scope', 'At least one known scope is needed.');
    const agentName = body.agentName || 'relayfile-cli';
    const bundle = this.relayauth.delegate({ workspace: workspace.relayId, scopes: granted, agentName, person: person.id });
    sendJson(res, 200, {
      relayfileUrl: this.base, relayauthUrl: `${this.base}/relayauth`, refreshUrl: `${this.base}/relayauth/v1/tokens/refresh`,
      relayfileWorkspaceId: workspace.relayId, workspaceId: workspace.cloudId, ...bundle,
      scopes: body.scopes, relayfileScopes: granted, agentName,
    });
  }

  integrations({ res, person, args }) {
    const workspace = this.store.workspace(this.#find(person, args[0]).relayId);
    const names = new Set(workspace.listFiles().map((file) => file.provider).filter(Boolean));
    sendJson(res, 200, [...names].sort().map((provider) => ({
      provider, status: 'ready', lagSeconds: 0, lastEventAt: workspace.watermarks[provider], connectionId: `conn_${provider}`, webhookHealthy: true,
    })));
  }

  catalog({ res }) {
    sendJson(res, 200, { providers: CATALOG, version: '1' });
  }

  replayOp({ req, res, person, args }) {
    const workspace = this.store.workspace(this.#find(person, args[0]).relayId);
    const correlationId = req.headers['x-correlation-id'] ?? '';
    sendJson(res, 202, replay(workspace, args[1], correlationId, (...op) => this.providers.hand(...op)));
  }
}
