// What the tests share: a sandbox of their own, calls to it, and waiting for something with a deadline.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { startSandbox } from '../lib/sandbox.mjs';

console.info = () => {};
console.warn = () => {};

export const limit = { timeout: 80000 };
const closing = { timeout: 10000 };

// Ends this file's process when a test, its hooks or what they left behind outstay the limit. It is a thread of its
// own, because the limit of a test means nothing while the main thread is blocked.
const guard = new Worker(new URL('./guard.mjs', import.meta.url), { workerData: process.argv[1] });
guard.unref();
const watch = (what, ms) => guard.postMessage({ what, ms });
watch('the start of the file', limit.timeout);
beforeEach((t) => watch(`the test "${t.name}"`, limit.timeout + 3 * closing.timeout));
after(() => watch('the end of the file, after all tests', closing.timeout));
export const scopes = ['fs:read', 'fs:write', 'ops:read', 'ops:replay', 'sync:read', 'sync:trigger'];

export async function sandbox(t, options = {}) {
  const running = await startSandbox(options);
  t.after(() => running.close(), closing);
  return new Caller(running.base);
}

export class Caller {
  constructor(base) {
    this.base = base;
  }

  // { status, body, headers } of one request; JSON in and out.
  async call(method, path, body, headers = {}) {
    const response = await fetch(path.startsWith('http') ? path : this.base + path, {
      method, headers, redirect: 'manual', body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    let value = text;
    try {
      value = JSON.parse(text);
    } catch {
      // a page, or nothing
    }
    return { status: response.status, body: value, headers: response.headers };
  }

  async admin(method, path, body) {
    const answer = await this.call(method, `/admin${path}`, body);
    if (answer.status !== 200) throw new Error(`admin ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  form(path, fields) {
    return this.call('POST', path, new URLSearchParams(fields).toString(), { 'Content-Type': 'application/x-www-form-urlencoded' });
  }

  async token(workspace, extra = {}) {
    return (await this.admin('POST', '/token', { workspace, scopes, ...extra })).token;
  }

  // A caller of one workspace's data plane, with its token.
  async dataPlane(workspace, extra = {}) {
    const token = await this.token(workspace, extra);
    return (method, path, body, headers = {}) => this.call(method, `/v1/workspaces/${workspace}${path}`, body, {
      Authorization: `Bearer ${token}`, 'X-Correlation-Id': 'test', ...headers,
    });
  }
}

export async function until(what, probe, ms = 60000) {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`gave up waiting for: ${what}`);
    await new Promise((done) => { setTimeout(done, 25); });
  }
}

export async function temporaryFolder(t) {
  const dir = await mkdtemp(join(tmpdir(), 'sandbox-test-'));
  t.after(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }), closing);
  return dir;
}

export const writeSecret = (path, value) => writeFile(path, JSON.stringify(value), { mode: 0o600 });

const CONSENT = fileURLToPath(new URL('../consent.mjs', import.meta.url));

// Runs the stand-in for a browser; gives its exit code and what it said.
export function consent(...args) {
  const child = spawn(process.execPath, [CONSENT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (data) => { said += data; });
  child.stderr.on('data', (data) => { said += data; });
  return new Promise((done) => { child.on('close', (code) => done({ code, said })); });
}
