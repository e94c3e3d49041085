// The data plane byte by byte, where the published client does not look: the door, preconditions, identity, limits.
import assert from 'node:assert/strict';
import test from 'node:test';
import WebSocket from 'ws';
import { limit, sandbox, until } from './support.mjs';

const WS = 'rw_research';
const NOTE = '/notion/pages/weekly-notes.md';

test('the door: route, token, scope, correlation id, in this order', limit, async (t) => {
  const caller = await sandbox(t);
  const at = (path, headers, method = 'GET') => caller.call(method, path, undefined, headers);
  const authorized = { Authorization: `Bearer ${await caller.token(WS)}` };
  const tree = `/v1/workspaces/${WS}/fs/tree`;
  const unknown = await at(`/v1/workspaces/${WS}/nothing`, { 'X-Correlation-Id': 'c1' });
  assert.deepEqual([unknown.status, unknown.body], [404, { code: 'not_found', message: 'route not found', correlationId: 'c1' }]);
  assert.equal((await at(tree, {}, 'PATCH')).status, 404);
  assert.equal((await at(tree, {})).body.message, 'missing or invalid bearer token');
  assert.equal((await at(tree, authorized)).status, 400);
  assert.equal((await at('/v1/workspaces/rw_other/fs/tree', authorized)).body.message, 'workspace mismatch');
  const expired = { Authorization: `Bearer ${await caller.token(WS, { ttlSeconds: -1 })}` };
  assert.deepEqual([(await at(tree, expired)).status, (await at(tree, expired)).body.message], [401, 'token expired']);
  await caller.admin('POST', '/revoke', { what: 'data-plane-tokens' });
  assert.equal((await at(tree, authorized)).body.message, 'token revoked');
});

test('scopes: a narrow grant confines, bulk answers per file', limit, async (t) => {
  const caller = await sandbox(t);
  const narrow = await caller.dataPlane(WS, { scopes: ['fs:read', 'relayfile:fs:read:/notion/**', 'relayfile:fs:write:/github/*'] });
  assert.equal((await narrow('GET', `/fs/file?path=${NOTE}`)).status, 200);
  assert.equal((await narrow('GET', '/fs/file?path=/linear/teams/res.json')).status, 403);
  assert.equal((await narrow('GET', '/fs/events')).status, 403);
  assert.equal((await narrow('GET', '/ops')).body.message, 'missing required scope: ops:read');
  const { status, body } = await narrow('POST', '/fs/bulk', { files: [{ path: NOTE, content: 'x' }, { path: '/github/a/b.md', content: 'x' }] });
  assert.deepEqual([status, body.written, body.errors[0].code], [202, 1, 'forbidden']);
});

test('preconditions of a write and of a delete', limit, async (t) => {
  const caller = await sandbox(t);
  const call = await caller.dataPlane(WS);
  const put = (path, ifMatch) => call('PUT', `/fs/file?path=${path}`, { content: 'x' }, ifMatch ? { 'If-Match': ifMatch } : {});
  assert.deepEqual([(await put(NOTE)).status, (await put(NOTE, '0')).status, (await put('/notion/new.md', 'rev_1')).status], [412, 409, 404]);
  const conflict = await put(NOTE, '"rev_0"');
  assert.equal(conflict.body.expectedRevision, 'rev_0');
  assert.match(conflict.body.currentContentPreview, /^# Weekly/);
  const { headers, body } = await call('GET', `/fs/file?path=${NOTE}`);
  assert.equal(headers.get('etag'), body.revision);
  const good = await put(NOTE, `W/"${body.revision}"`);
  assert.deepEqual([good.status, good.body.status, good.body.writeback], [202, 'queued', { provider: 'notion', state: 'pending' }]);
  assert.equal((await call('DELETE', `/fs/file?path=${NOTE}`, undefined, { 'If-Match': '0' })).status, 409);
  assert.equal((await call('DELETE', '/fs/file?path=/none', undefined, { 'If-Match': '*' })).status, 404);
  assert.equal((await call('PUT', `/fs/file?path=${NOTE}`, '', { 'If-Match': '*' })).status, 400);
});

test('the same identity is written once, whatever became of it', limit, async (t) => {
  const caller = await sandbox(t);
  const call = await caller.dataPlane(WS);
  const file = (content, ttlSeconds) => ({ path: '/linear/issues/a.json', content, contentIdentity: { kind: 'mount-command', key: 'k1', ttlSeconds } });
  const first = (await call('POST', '/fs/bulk', { files: [file('{}', 3600), file('{"again":1}')] })).body;
  assert.deepEqual([first.written, first.results.length], [1, 2]);
  const { opId } = first.results[0];
  await until('the refusal', async () => (await call('GET', `/ops/${opId}`)).body.status === 'dead_lettered');
  const second = (await call('POST', '/fs/bulk', { files: [{ ...file('{"title":"x"}'), ifMatch: 'rev_0' }] })).body;
  assert.deepEqual([second.written, second.errorCount, second.results[0].opId, second.results[0].writeback.state], [0, 0, opId, 'dead_lettered']);
  const log = await caller.admin('GET', '/provider-log');
  assert.deepEqual(log.map(({ count }) => count), [1]);
});

test('limits: a body too large, an empty body, nonsense numbers', limit, async (t) => {
  const caller = await sandbox(t);
  const call = await caller.dataPlane(WS);
  await caller.admin('POST', '/settings', { maxBodyBytes: 200 });
  const large = await call('POST', '/fs/bulk', { files: [{ path: '/x', content: 'x'.repeat(300) }] });
  assert.deepEqual([large.status, large.body.code], [413, 'payload_too_large']);
  assert.equal((await call('POST', '/fs/bulk', { files: [] })).body.message, 'missing files');
  assert.equal((await call('GET', '/fs/events?limit=nonsense')).body.events.length, 12);
  assert.equal((await call('GET', '/fs/tree?cursor=/none')).status, 400);
});

test('a large tree comes in pages', limit, async (t) => {
  const caller = await sandbox(t);
  const call = await caller.dataPlane('rw_big');
  const files = Array.from({ length: 1200 }, (_, i) => ({ path: `/github/${String(i).padStart(4, '0')}.md`, content: '' }));
  await call('POST', '/fs/bulk', { files });
  const one = (await call('GET', '/fs/tree?path=/github')).body;
  assert.deepEqual([one.entries.length, one.totalFiles], [1000, 1200]);
  const two = (await call('GET', `/fs/tree?path=/github&cursor=${one.nextCursor}`)).body;
  assert.deepEqual([two.entries.length, two.nextCursor], [200, null]);
});

test('merge joins what does not touch and refuses what does', limit, async (t) => {
  const caller = await sandbox(t);
  const call = await caller.dataPlane(WS);
  await caller.admin('POST', '/files', { workspace: WS, path: '/notion/m.md', content: 'A\nb\nc\nd\n' });
  const merge = (content) => call('POST', '/fs/merge?path=/notion/m.md', { strategy: 'three-way-lines-v1', baseRevision: 'rev_1', baseContent: 'a\nb\nc\nd\n', content });
  assert.equal((await merge('a\nb\nc\nD\n')).status, 200);
  assert.equal((await call('GET', '/fs/file?path=/notion/m.md')).body.content, 'A\nb\nc\nD\n');
  assert.equal((await merge('other\nb\nc\nd\n')).body.code, 'merge_conflict');
});

test('stuck events, a fresh operation that is not visible yet, and unusual states', limit, async (t) => {
  const caller = await sandbox(t);
  const call = await caller.dataPlane(WS);
  const { paths } = await caller.admin('POST', '/stuck', { workspace: WS, count: 2 });
  const { events } = (await call('GET', '/fs/events?direction=desc&limit=2')).body;
  assert.deepEqual(events.map(({ path }) => path), [...paths].reverse());
  assert.equal((await call('GET', `/fs/file?path=${paths[0]}`)).status, 404);

  await caller.admin('POST', '/providers/github', { mode: 'wait' });
  await caller.admin('POST', '/settings', { opsVisibleDelayMs: 60000 });
  const { opId } = (await call('PUT', '/fs/file?path=/github/z.md', { content: 'z' }, { 'If-Match': '*' })).body;
  assert.equal((await call('GET', `/ops/${opId}`)).status, 404);
  await caller.admin('POST', '/settings', { opsVisibleDelayMs: 0 });
  assert.equal((await caller.admin('POST', `/ops/${opId}`, { status: 'running' })).status, 'running');
  assert.equal((await caller.admin('POST', `/ops/${opId}`, { result: 'fail', error: 'no' })).lastError, 'no');
});

test('the WebSocket: filters, ping, bad frames, bad tokens', limit, async (t) => {
  const caller = await sandbox(t);
  const url = `${caller.base.replace('http', 'ws')}/v1/workspaces/${WS}/fs/ws?from=now`;
  const open = (query) => {
    const socket = new WebSocket(url + query);
    t.after(() => socket.terminate());
    return socket;
  };
  const refused = open('&token=nonsense');
  const [, response] = await new Promise((done) => { refused.on('unexpected-response', (...args) => done(args)); refused.on('error', () => {}); });
  assert.equal(response.statusCode, 401);
  const token = await caller.token(WS);
  const socket = open(`&token=${token}&path=/linear/**`);
  const seen = [];
  socket.on('message', (data) => seen.push(JSON.parse(data)));
  await new Promise((done) => { socket.on('open', done); });
  socket.send('{"type":"ping"}');
  await until('the pong', () => seen.some(({ type }) => type === 'pong'));
  for (const path of ['/notion/no.md', '/linear/yes.md']) await caller.admin('POST', '/files', { workspace: WS, path, content: 'c' });
  const event = await until('the event', () => seen.find(({ type }) => type === 'file.created'));
  assert.deepEqual([event.path, event.content, event.inlineContent], ['/linear/yes.md', 'c', true]);
  socket.send('not json');
  assert.equal(await new Promise((done) => { socket.on('close', done); }), 1007);
});
