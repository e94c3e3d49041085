// Breaking one thing at a time, starting over, and the program as others start it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Caller, limit, sandbox, temporaryFolder } from './support.mjs';

const fault = (caller, spec) => caller.admin('POST', '/faults', spec);
const failed = (promise) => promise.then(() => null, (error) => error);

test('each kind of fault', limit, async (t) => {
  const caller = await sandbox(t);
  const health = (options) => fetch(`${caller.base}/health`, options);
  const match = { pathPrefix: '/health' };
  await fault(caller, { match, kind: 'status', status: 429, headers: { 'Retry-After': '7' }, times: 1 });
  const limited = await health();
  assert.deepEqual([limited.status, limited.headers.get('retry-after')], [429, '7']);
  assert.equal((await health()).status, 200);

  const next = async (spec) => {
    await caller.admin('DELETE', '/faults');
    return fault(caller, { match, ...spec });
  };
  await next({ kind: 'html' });
  const page = await health();
  assert.deepEqual([page.status, page.headers.get('content-type')], [502, 'text/html; charset=utf-8']);
  await next({ kind: 'json', body: { code: 'needs_reauth' }, status: 401 });
  assert.deepEqual(await (await health()).json(), { code: 'needs_reauth' });
  await next({ kind: 'reset' });
  assert.ok(await failed(health()));
  await next({ kind: 'truncate' });
  assert.ok(await failed(health().then((response) => response.text())));
  await next({ kind: 'slow', delayMs: 200 });
  const before = Date.now();
  assert.equal((await health()).status, 200);
  assert.ok(Date.now() - before >= 190);
  const id = await next({ kind: 'hang' });
  assert.ok(await failed(health({ signal: AbortSignal.timeout(200) })));
  const { faults } = await caller.admin('GET', '/faults');
  assert.deepEqual([faults[0].id, faults[0].hits], [id.id, 1]);
  await caller.admin('DELETE', `/faults/${id.id}`);
  assert.equal((await health()).status, 200);
});

test('an answer that is lost after the work was done', limit, async (t) => {
  const caller = await sandbox(t);
  const call = await caller.dataPlane('rw_research');
  await fault(caller, { match: { method: 'POST', pathRegex: 'fs/bulk$' }, kind: 'reset', after: true, times: 1 });
  assert.ok(await failed(call('POST', '/fs/bulk', { files: [{ path: '/github/lost.md', content: 'x' }] })));
  assert.equal((await call('GET', '/fs/file?path=/github/lost.md')).status, 200);
  const session = await caller.admin('POST', '/session', {});
  await fault(caller, { match: { pathPrefix: '/cloud/api/v1/auth/token/refresh' }, kind: 'html', after: true, times: 1 });
  const refresh = () => caller.call('POST', '/cloud/api/v1/auth/token/refresh', { refreshToken: session.refreshToken });
  assert.deepEqual([(await refresh()).status, (await refresh()).status], [502, 401]);
});

test('admin: wrong host, wrong values, request counts, reset', limit, async (t) => {
  const caller = await sandbox(t, { seedName: 'empty' });
  const foreign = await new Promise((done) => {
    request(`${caller.base}/admin/secrets`, { headers: { Host: 'example.org' } }, (res) => { res.resume(); done(res.statusCode); }).end();
  });
  assert.equal(foreign, 403);
  for (const [path, body] of [['/settings', { nonsense: 1 }], ['/faults', { kind: 'nonsense' }], ['/providers/x', { mode: 'nonsense' }], ['/revoke', {}]]) {
    assert.equal((await caller.call('POST', `/admin${path}`, body)).status, 400, path);
  }
  await caller.call('GET', '/health?token=abc');
  const { counts, requests } = await caller.admin('GET', '/requests?pathPrefix=/health');
  assert.deepEqual([counts['GET /health'], requests[0].path, requests[0].status], [1, '/health?token=-', 200]);
  const call = await caller.dataPlane('rw_empty');
  await call('PUT', '/fs/file?path=/github/a.md', { content: 'a' }, { 'If-Match': '*' });
  await caller.admin('POST', '/reset');
  assert.deepEqual((await call('GET', '/fs/tree')).body.entries, []);
  assert.equal((await caller.admin('GET', '/provider-log')).length, 0);
});

const MAIN = fileURLToPath(new URL('../main.mjs', import.meta.url));

function program(t, ...args) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  const said = { out: '', err: '' };
  child.stderr.on('data', (data) => { said.err += data; });
  const ready = new Promise((done) => {
    child.stdout.on('data', (data) => {
      said.out += data;
      if (said.out.includes('\n')) done(JSON.parse(said.out));
    });
  });
  const ended = new Promise((done) => { child.on('exit', (code, signal) => done([code, signal])); });
  return { child, said, ready, ended };
}

test('the program says one line, ends with its parent, and picks up its state', limit, async (t) => {
  const stateFile = join(await temporaryFolder(t), 'state.json');
  const first = program(t, '--state', stateFile, '--seed', 'empty', '--exit-with-parent');
  const address = await first.ready;
  assert.equal(address.pid, first.child.pid);
  assert.equal(address.issuer, `${address.base}/oidc`);
  const caller = new Caller(address.base);
  const call = await caller.dataPlane('rw_empty');
  const { refreshToken } = await caller.admin('POST', '/session', {});
  await call('PUT', '/fs/file?path=/github/kept.md', { content: 'kept' }, { 'If-Match': '*' });
  first.child.stdin.end();
  assert.deepEqual(await first.ended, [0, null]);
  assert.equal(first.said.out.trim().split('\n').length, 1);
  assert.ok(!first.said.err.includes(refreshToken));
  assert.equal((await stat(stateFile)).mode & 0o777, 0o600);

  const second = program(t, '--state', stateFile, '--quiet');
  const again = new Caller((await second.ready).base);
  const file = await (await again.dataPlane('rw_empty'))('GET', '/fs/file?path=/github/kept.md');
  assert.equal(file.body.content, 'kept');
  assert.equal((await again.call('POST', '/cloud/api/v1/auth/token/refresh', { refreshToken })).status, 200);
  second.child.kill('SIGTERM');
  assert.deepEqual(await second.ended, [0, null]);
  assert.equal(second.said.err, '');
});

test('a wrong option ends with the usage', limit, async (t) => {
  const { ended, said } = program(t, '--seed', 'nonsense');
  assert.deepEqual(await ended, [2, null]);
  assert.match(said.err, /usage:/);
});
