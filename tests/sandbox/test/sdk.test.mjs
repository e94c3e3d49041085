// The published client drives the data plane, so that the sandbox cannot drift into agreeing only with itself.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import test from 'node:test';
import {
  InvalidStateError, PayloadTooLargeError, RelayFileApiError, RelayFileClient, RevisionConflictError,
} from '@relayfile/sdk';
import WebSocket from 'ws';
import { limit, sandbox, until } from './support.mjs';

// What Node 18 does not have as globals yet, and the client expects.
globalThis.crypto ??= webcrypto;
globalThis.WebSocket ??= WebSocket;

const WS = 'rw_research';
const NOTE = '/notion/pages/weekly-notes.md';

async function client(caller, extra) {
  return new RelayFileClient({ baseUrl: caller.base, token: await caller.token(WS, extra), readCache: false, retry: { maxRetries: 0 } });
}

test('tree and file', limit, async (t) => {
  const sdk = await client(await sandbox(t));
  const { entries, nextCursor } = await sdk.listTree(WS, { path: '/notion', depth: 5 });
  const note = entries.find(({ path }) => path === NOTE);
  assert.equal(nextCursor, null);
  assert.match(note.contentHash, /^[0-9a-f]{64}$/);
  const file = await sdk.readFile(WS, NOTE);
  assert.equal(file.revision, note.revision);
  assert.match(file.content, /^# Weekly notes/);
  const picture = await sdk.readFile(WS, '/notion/files/cover.png');
  assert.equal(picture.encoding, 'base64');
  await assert.rejects(sdk.readFile(WS, '/notion/none.md'), (error) => error instanceof RelayFileApiError && error.status === 404);
});

test('a write makes an operation that the provider takes', limit, async (t) => {
  const caller = await sandbox(t);
  const sdk = await client(caller);
  const { revision } = await sdk.readFile(WS, NOTE);
  const write = { workspaceId: WS, path: NOTE, baseRevision: revision, content: '# new\n', contentType: 'text/markdown' };
  const { opId, targetRevision } = await sdk.writeFile(write);
  const op = await until('the operation to finish', async () => {
    const now = await sdk.getOp(WS, opId);
    return now.status === 'succeeded' && now;
  });
  assert.equal(op.revision, targetRevision);
  assert.equal(op.providerResult.providerRevision, targetRevision);
  await assert.rejects(sdk.writeFile(write), (error) => error instanceof RevisionConflictError && error.currentRevision === targetRevision);
  const log = await caller.admin('GET', '/provider-log');
  assert.deepEqual(log.map(({ path, count }) => [path, count]), [[NOTE, 1]]);
});

test('bulk reports a conflict per file and writes the rest in order', limit, async (t) => {
  const sdk = await client(await sandbox(t));
  const answer = await sdk.bulkWrite({
    workspaceId: WS,
    files: [
      { path: NOTE, content: 'x', contentType: 'text/markdown', ifMatch: 'rev_0' },
      { path: '/github/a.md', content: 'a', contentType: 'text/markdown', ifMatch: '0' },
      { path: '/github/b.md', content: 'b', contentType: 'text/markdown' },
    ],
  });
  assert.equal(answer.written, 2);
  assert.deepEqual(answer.errors.map(({ path, code }) => [path, code]), [[NOTE, 'conflict']]);
  assert.deepEqual(answer.results.map(({ path }) => path), ['/github/a.md', '/github/b.md']);
  const [a, b] = answer.results.map(({ revision }) => Number(revision.slice(4)));
  assert.ok(b > a);
});

test('delete, events and their cursor', limit, async (t) => {
  const sdk = await client(await sandbox(t));
  const before = await sdk.getEvents(WS, { limit: 1000 });
  const cursor = before.events.at(-1).eventId;
  await sdk.deleteFile({ workspaceId: WS, path: NOTE, baseRevision: '*' });
  const { events, nextCursor } = await sdk.getEvents(WS, { cursor });
  assert.deepEqual(events.map(({ type, path }) => [type, path]), [['file.deleted', NOTE]]);
  assert.equal(nextCursor, null);
  const again = await sdk.getEvents(WS, { cursor: 'evt_unknown', limit: 1 });
  assert.equal(again.events[0].eventId, before.events[0].eventId);
  assert.equal(again.nextCursor, before.events[0].eventId);
});

test('a refused write is dead-lettered and can be replayed', limit, async (t) => {
  const caller = await sandbox(t);
  const sdk = await client(caller);
  const { opId } = await sdk.writeFile({
    workspaceId: WS, path: '/linear/issues/RES-99.json', baseRevision: '0', content: '{}', contentType: 'application/json',
  });
  await until('the refusal', async () => (await sdk.getOp(WS, opId)).status === 'dead_lettered');
  const { items } = await sdk.listOps(WS, { status: 'dead_lettered' });
  assert.equal(items[0].lastError, 'title is required');
  const status = await sdk.getSyncStatus(WS, { provider: 'linear' });
  assert.equal(status.providers[0].status, 'error');
  await caller.admin('POST', '/providers/linear', { mode: 'succeed' });
  await sdk.replayOp(WS, opId);
  await until('the replay', async () => (await sdk.getOp(WS, opId)).status === 'succeeded');
  await assert.rejects(sdk.replayOp(WS, opId), (error) => error instanceof InvalidStateError);
  assert.equal((await caller.admin('GET', '/provider-log'))[0].count, 2);
});

test('a consumer may acknowledge instead of the built-in provider', limit, async (t) => {
  const caller = await sandbox(t);
  await caller.admin('POST', '/providers/github', { mode: 'wait' });
  const sdk = await client(caller);
  const draft = '/github/repos/acme/reader/issues/draft.json';
  const { opId } = await sdk.writeFile({ workspaceId: WS, path: draft, baseRevision: '0', content: '{"title":"x"}', contentType: 'application/json' });
  const pending = await sdk.listPendingWritebacks(WS);
  assert.deepEqual(pending.map(({ id }) => id), [opId]);
  const answer = await sdk.ackWriteback({ workspaceId: WS, itemId: opId, success: true, externalId: '21' });
  assert.equal(answer.draft.to, '/github/repos/acme/reader/issues/21.json');
  await assert.rejects(sdk.readFile(WS, draft), (error) => error.status === 404);
  assert.equal((await sdk.listPendingWritebacks(WS)).length, 0);
});

test('sync status, ingress, ingest and export', limit, async (t) => {
  const sdk = await client(await sandbox(t));
  const { providers } = await sdk.getSyncStatus(WS);
  assert.deepEqual(providers.map(({ provider, status }) => [provider, status]), [['github', 'healthy'], ['linear', 'healthy'], ['notion', 'healthy']]);
  const hook = { workspaceId: WS, provider: 'notion', event_type: 'file.created', path: '/notion/pages/hook.md', data: { content: 'from outside' }, delivery_id: 'd1' };
  const first = await sdk.ingestWebhook(hook);
  assert.equal((await sdk.ingestWebhook(hook)).id, first.id);
  await until('the webhook', async () => (await sdk.readFile(WS, hook.path).catch(() => null))?.content === 'from outside');
  assert.equal((await sdk.getSyncIngressStatus(WS)).dedupedTotal, 1);
  const { files } = await sdk.exportWorkspace({ workspaceId: WS, format: 'json' });
  assert.equal(files.length, 13);
});

test('the WebSocket catches up and goes on live', limit, async (t) => {
  const caller = await sandbox(t);
  const sdk = await client(caller);
  const { events } = await sdk.getEvents(WS, { limit: 2 });
  const seen = [];
  const connection = sdk.connectWebSocket(WS, { cursor: events[1].eventId, onEvent: (event) => seen.push(event) });
  t.after(() => connection.close());
  await until('the events after the cursor', () => seen.length >= 10);
  await caller.admin('POST', '/files', { workspace: WS, path: '/notion/pages/live.md', content: 'live' });
  const event = await until('the live event', () => seen.find(({ path }) => path === '/notion/pages/live.md'));
  assert.equal(event.type, 'file.created');
});

test('the limits have their own errors', limit, async (t) => {
  const caller = await sandbox(t);
  const sdk = await client(caller);
  const big = { workspaceId: WS, path: '/github/big.txt', baseRevision: '*', content: 'x'.repeat(1024 * 1024), contentType: 'text/plain' };
  await assert.rejects(sdk.writeFile(big), (error) => error instanceof PayloadTooLargeError);
  const reader = await client(caller, { scopes: ['fs:read'] });
  await assert.rejects(reader.writeFile({ ...big, content: 'x' }), (error) => error.status === 403 && /fs:write/.test(error.message));
});
