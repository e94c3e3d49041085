// Puts the parts together behind one port on loopback and hands every request to the right one.
import { createServer } from 'node:http';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Admin } from './admin.mjs';
import { Cloud } from './cloud.mjs';
import { CloudAuth } from './cloud-auth.mjs';
import { DataPlane } from './data-plane.mjs';
import { Directory, PEOPLE } from './directory.mjs';
import { EventStream } from './event-stream.mjs';
import { Faults, applyFault, faultAfterwards, wait } from './faults.mjs';
import { sendJson } from './http.mjs';
import { Ledger } from './ledger.mjs';
import { Mcp } from './mcp.mjs';
import { Oidc } from './oidc.mjs';
import { Providers } from './providers.mjs';
import { Relayauth } from './relayauth.mjs';
import { SEEDS, seed } from './seed.mjs';
import { DEFAULTS } from './settings.mjs';
import { Store } from './store.mjs';
import { DataPlaneTokens, newPrivateJwk } from './tokens.mjs';

const SAVE_DELAY_MS = 250;

export async function startSandbox({ port = 0, stateFile, seedName = 'demo', log = () => {} } = {}) {
  if (!SEEDS.has(seedName)) throw new Error(`unknown seed ${seedName}`);
  const sandbox = new Sandbox({ stateFile, seedName, log });
  await sandbox.listen(port);
  return sandbox;
}

class Sandbox {
  #saveTimer;
  #sockets = new Set();

  constructor({ stateFile, seedName, log }) {
    Object.assign(this, { stateFile, seedName, log, people: PEOPLE, ledger: new Ledger() });
    this.server = createServer((req, res) => this.#request(req, res));
    this.server.on('upgrade', (req, socket, head) => this.#upgrade(req, socket, head));
    this.server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
    });
    // A daemon may keep its connection for hours.
    Object.assign(this.server, { keepAliveTimeout: 65000, requestTimeout: 0 });
  }

  async listen(port) {
    await new Promise((done, failed) => {
      this.server.once('error', failed);
      this.server.listen(port, '127.0.0.1', done);
    });
    this.base = `http://127.0.0.1:${this.server.address().port}`;
    try {
      this.#build(this.#load());
    } catch (error) {
      this.server.close();
      throw error;
    }
  }

  get addresses() {
    const { base } = this;
    return { base, issuer: `${base}/oidc`, cloud: `${base}/cloud`, dataPlane: base, admin: `${base}/admin`, pid: process.pid };
  }

  #build(saved) {
    const { base, ledger, people } = this;
    this.settings = { ...DEFAULTS, ...saved?.settings };
    const { settings } = this;
    this.faults = new Faults();
    this.store = new Store(saved?.store);
    const { store } = this;
    this.tokens = new DataPlaneTokens({ ledger, issuer: `${base}/relayauth`, saved: saved?.tokens });
    this.providers = new Providers({ store, saved: saved?.providers, onChange: () => this.#saveSoon() });
    this.dataPlane = new DataPlane({ store, tokens: this.tokens, providers: this.providers, settings });
    this.stream = new EventStream({ store, dataPlane: this.dataPlane });
    this.directory = new Directory(saved?.directory);
    this.relayauth = new Relayauth({ tokens: this.tokens, settings, ledger, saved: saved?.relayauth });
    this.cloudAuth = new CloudAuth({ base, settings, ledger, people, saved: saved?.cloudAuth });
    this.cloud = new Cloud({
      base, auth: this.cloudAuth, relayauth: this.relayauth, store, providers: this.providers, settings, directory: this.directory,
    });
    this.oidcJwk = saved?.oidcJwk ?? newPrivateJwk();
    this.oidc = new Oidc({ base, settings, ledger, people, jwk: this.oidcJwk, saved: saved?.oidc });
    this.mcp = new Mcp({ base, oidc: this.oidc });
    this.admin = new Admin(this);
    if (saved) this.providers.resume();
    else seed(this.seedName, this);
  }

  // Back to the seed. The signing keys and the ledger of secrets stay.
  reset() {
    this.providers.close();
    this.stream.shutdown();
    this.ledger.reset();
    const { tokens, oidcJwk } = this;
    this.#build(undefined);
    this.tokens.jwk = tokens.jwk;
    Object.assign(this.tokens, { privateKey: tokens.privateKey, publicKey: tokens.publicKey, generation: tokens.generation });
    this.oidc = new Oidc({ ...this, jwk: oidcJwk });
    this.mcp.oidc = this.oidc;
    this.oidcJwk = oidcJwk;
  }

  async #request(req, res) {
    const url = this.#url(req);
    if (!url) {
      sendJson(res, 400, { error: 'bad request', code: 'bad_request' });
      return;
    }
    const isAdmin = /^\/admin(\/|$)/.test(url.pathname);
    const entry = isAdmin ? null : this.ledger.request(req.method, url);
    const started = Date.now();
    res.on('finish', () => {
      if (entry) entry.status = res.statusCode;
      this.log(`${req.method} ${entry?.path ?? url.pathname} ${res.statusCode} ${Date.now() - started} ms`);
      if (req.method !== 'GET') this.#saveSoon();
    });
    try {
      const fault = isAdmin ? null : this.faults.take(req.method, url);
      if (fault?.after) faultAfterwards(fault, res);
      else if (fault && await applyFault(fault, res)) {
        req.resume();
        return;
      }
      await this.#dispatch(req, res, url);
    } catch (error) {
      this.log(`${req.method} ${url.pathname} failed: ${error.stack}`);
      if (!res.headersSent) sendJson(res, 500, { code: 'internal_error', message: 'internal error', correlationId: '' });
    }
  }

  #dispatch(req, res, url) {
    const path = url.pathname;
    const under = (prefix) => path === prefix || path.startsWith(`${prefix}/`);
    if (under('/admin')) return this.admin.handle(req, res, url);
    if (under('/cloud')) return this.cloud.handle(req, res, url);
    if (under('/oidc')) return this.oidc.handle(req, res, url);
    if (under('/relayauth')) return this.relayauth.handle(req, res, url);
    if (under('/mcp')) return this.mcp.handle(req, res);
    if (path === '/.well-known/oauth-protected-resource/mcp') return this.mcp.metadata(res);
    if (path === '/.well-known/oauth-authorization-server/oidc') return this.oidc.metadata(req, res);
    return this.dataPlane.handle(req, res, url);
  }

  async #upgrade(req, socket, head) {
    const url = this.#url(req);
    const entry = url && this.ledger.request(req.method, url);
    const fault = url && this.faults.take(req.method, url);
    if (fault?.delayMs) await wait(fault.delayMs);
    if (!url || fault?.kind === 'reset') socket.destroy();
    else if (fault && fault.kind !== 'slow') {
      if (fault.kind !== 'hang') socket.end(`HTTP/1.1 ${fault.status ?? 503} Fault\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    } else this.stream.upgrade(req, socket, head, url, (status) => { entry.status = status; });
  }

  #url(req) {
    try {
      return new URL(req.url, this.base);
    } catch {
      return null;
    }
  }

  #load() {
    if (!this.stateFile) return undefined;
    try {
      return JSON.parse(readFileSync(this.stateFile, 'utf8'));
    } catch (error) {
      if (error.code === 'ENOENT') return undefined;
      throw new Error(`cannot read the state file ${this.stateFile}: ${error.message}`);
    }
  }

  #saveSoon() {
    if (!this.stateFile || this.#saveTimer) return;
    this.#saveTimer = setTimeout(() => this.save(), SAVE_DELAY_MS);
  }

  // The file holds tokens and keys of this sandbox, so only its owner may read it.
  save() {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    if (!this.stateFile) return;
    const { settings, store, tokens, providers, directory, relayauth, cloudAuth, oidc, oidcJwk } = this;
    const temporary = `${this.stateFile}.${process.pid}.tmp`;
    const text = JSON.stringify({ settings, store, tokens, providers, directory, relayauth, cloudAuth, oidc, oidcJwk });
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, this.stateFile);
  }

  async close() {
    const closed = new Promise((done) => { this.server.close(done); });
    this.providers.close();
    this.stream.shutdown();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.save();
  }
}
