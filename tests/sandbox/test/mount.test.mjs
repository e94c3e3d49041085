// The real mount daemon works on a mirror of the seeded workspace.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFile, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { daemonBinary, startDaemon } from '../mount.mjs';
import { limit, sandbox, temporaryFolder, until, writeSecret } from './support.mjs';

const skip = daemonBinary ? false : 'there is no daemon for this system';
const options = { ...limit, skip };
const WS = 'rw_research';
const NOTE = '/notion/pages/weekly-notes.md';

// A mirror with its daemon: paths, the bundle, the log so far, and stop().
async function mirrorOf(t, caller, { extra } = {}) {
  const dir = await temporaryFolder(t);
  const mirror = { dir: join(dir, 'mirror'), home: join(dir, 'home'), credsFile: join(dir, 'bundle.json'), log: '' };
  const { accessToken } = await caller.admin('POST', '/session', {});
  const { body } = await caller.call('POST', '/cloud/api/v1/workspaces/cw_research/relayfile/delegated-token', {
    agentName: 'postroom', scopes: ['fs:read', 'fs:write', 'ops:read', 'sync:read', 'sync:trigger'],
  }, { Authorization: `Bearer ${accessToken}` });
  await writeSecret(mirror.credsFile, body);
  mirror.start = async (more = extra) => {
    const daemon = startDaemon({ base: caller.base, workspace: WS, mirror: mirror.dir, home: mirror.home, credsFile: mirror.credsFile, extra: more });
    t.after(() => daemon.kill('SIGKILL'));
    daemon.stderr.on('data', (data) => { mirror.log += data; });
    const ended = new Promise((done) => { daemon.on('exit', (...how) => done(how)); });
    mirror.stop = () => { daemon.kill('SIGTERM'); return ended; };
    await until('the daemon to be ready', async () => (await mirror.state())?.files?.[NOTE] && mirror.log.includes('mount sync cycle completed'));
  };
  mirror.state = () => json(join(mirror.dir, '.relay/state.json'));
  // Names with a leading dot are records that are still being written.
  mirror.outbox = async (part) => Promise.all((await readdir(join(mirror.dir, '.relay/outbox', part)).catch(() => []))
    .filter((name) => !name.startsWith('.')).map((name) => readFile(join(mirror.dir, '.relay/outbox', part, name), 'utf8')));
  mirror.privateState = async () => {
    const id = createHash('sha256').update([WS, '/', mirror.dir, 'daemon'].join('\0')).digest('hex').slice(0, 32);
    return json(join(mirror.home, 'state', id, 'state.json'));
  };
  await mirror.start();
  return mirror;
}

async function json(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return null;
  }
}

test('an edit reaches the provider once, a change on the server reaches the mirror', options, async (t) => {
  const caller = await sandbox(t);
  const mirror = await mirrorOf(t, caller);
  assert.equal((await stat(mirror.credsFile)).mode & 0o777, 0o600);
  const picture = await readFile(join(mirror.dir, 'notion/files/cover.png'));
  assert.equal(picture.subarray(1, 4).toString(), 'PNG');

  await until('the WebSocket', async () => (await mirror.state())?.eventListener?.status === 'listening');
  await appendFile(join(mirror.dir, NOTE), '## Wednesday\n');
  const [receipt] = await until('the receipt', async () => {
    const acked = await mirror.outbox('acked');
    return acked.length && acked;
  });
  const { remotePath, status, opId, dispatchStatus } = JSON.parse(receipt);
  assert.deepEqual([remotePath, status, dispatchStatus], [NOTE, 'acked', 'succeeded']);
  const log = await caller.admin('GET', '/provider-log');
  assert.deepEqual(log.map(({ path, count, opIds }) => [path, count, opIds]), [[NOTE, 1, [opId]]]);

  await caller.admin('POST', '/files', { workspace: WS, path: '/notion/pages/from-outside.md', content: '# Hello\n' });
  await until('the new file', () => readFile(join(mirror.dir, 'notion/pages/from-outside.md'), 'utf8').catch(() => ''));
  await caller.admin('DELETE', '/files', { workspace: WS, path: '/notion/pages/from-outside.md' });
  await until('its removal', () => stat(join(mirror.dir, 'notion/pages/from-outside.md')).then(() => false, () => true));
  await caller.admin('POST', '/ws/close', {});
  await until('the WebSocket to come back', async () => (await caller.admin('GET', '/requests?pathPrefix=/v1/workspaces/rw_research/fs/ws')).total >= 2);
  assert.deepEqual(await mirror.stop(), [0, null]);
  assert.ok(!mirror.log.includes((await json(mirror.credsFile)).accessToken));
});

test('an edit that the provider refuses ends in failed, with its words and a marker', options, async (t) => {
  const caller = await sandbox(t);
  const mirror = await mirrorOf(t, caller);
  await writeFile(join(mirror.dir, 'linear/issues/RES-4.json'), '{"identifier":"RES-4","title":""}\n');
  const [record] = await until('the failed record', async () => {
    const failed = await mirror.outbox('failed');
    return failed.length && failed;
  });
  const { status, lastError, needsAttention, dispatchStatus } = JSON.parse(record);
  assert.deepEqual([status, lastError, needsAttention, dispatchStatus], ['failed', 'title is required', true, 'dead_lettered']);
  assert.deepEqual(await mirror.outbox('attention'), ['attention\n']);
  await until('the public state', async () => (await mirror.state())?.status === 'writeback-needs-attention');
  await mirror.stop();
});

test('a spent access token: the daemon refreshes its own bundle', options, async (t) => {
  const caller = await sandbox(t);
  const mirror = await mirrorOf(t, caller);
  const { refreshToken } = await json(mirror.credsFile);
  await caller.admin('POST', '/revoke', { what: 'data-plane-tokens' });
  await appendFile(join(mirror.dir, NOTE), 'after the token\n');
  await until('the receipt', async () => (await mirror.outbox('acked')).length);
  assert.notEqual((await json(mirror.credsFile)).refreshToken, refreshToken);
  assert.equal((await caller.admin('GET', '/requests')).spentRefreshTokens.delegated, undefined);
  await mirror.stop();
});

test('a daemon that polls stops at events whose file it cannot read', options, async (t) => {
  const caller = await sandbox(t);
  const mirror = await mirrorOf(t, caller);
  // The cursor is kept from the first event that comes over the WebSocket.
  await caller.admin('POST', '/files', { workspace: WS, path: '/notion/pages/first.md', content: 'first' });
  await until('a cursor', async () => (await mirror.privateState())?.eventsCursor);
  await mirror.stop();
  await mirror.start(['--websocket=false']);
  const { paths } = await caller.admin('POST', '/stuck', { workspace: WS, count: 2 });
  await caller.admin('POST', '/files', { workspace: WS, path: '/notion/pages/behind.md', content: 'behind' });
  const since = await until('the stuck set', async () => (await mirror.privateState())?.incrementalReadNotReadySince);
  assert.deepEqual(Object.keys(since), [paths[0]]);
  assert.match((await mirror.privateState()).lastError.message, /is not readable yet/);
  await assert.rejects(stat(join(mirror.dir, 'notion/pages/behind.md')));
  await mirror.stop();
});
