// The data plane's routes about operations, writeback, sync status and webhooks.
import { HttpError, isText, queryInt, readJson, rfc3339, sendJson } from './http.mjs';
import { acknowledge, operationJson, replay } from './writeback.mjs';

export const syncRoutes = [
  ['GET', '/ops', 'ops:read', null, listOps],
  ['GET', '/ops/{id}', 'ops:read', null, getOp],
  ['POST', '/ops/{id}/replay', 'ops:replay', null, replayOp],
  ['GET', '/writeback/pending', 'sync:read', null, pendingWritebacks],
  ['POST', '/writeback/sweep-drafts', 'sync:trigger', null, sweepDrafts],
  ['POST', '/writeback/{id}/ack', 'sync:trigger', null, ackWriteback],
  ['GET', '/sync/status', 'sync:read', null, syncStatus],
  ['GET', '/sync/ingress', 'sync:read', null, syncIngress],
  ['GET', '/sync/dead-letter', 'sync:read', null, ({ res }) => sendJson(res, 200, { items: [], nextCursor: null })],
  ['GET', '/sync/dead-letter/{id}', 'sync:read', null, noDeadLetter],
  ['POST', '/sync/dead-letter/{id}/ack', 'sync:trigger', null, noDeadLetter],
  ['POST', '/sync/dead-letter/{id}/replay', 'sync:trigger', null, noDeadLetter],
  ['POST', '/sync/refresh', 'sync:trigger', null, syncRefresh],
  ['POST', '/webhooks/ingest', 'sync:trigger', null, ingest],
];

const notFound = () => new HttpError(404, 'not_found', 'not found');

function noDeadLetter() {
  throw notFound();
}

function listOps({ workspace, query, res }) {
  const page = workspace.listOperations({
    status: query.get('status') || '', action: query.get('action') || '',
    provider: (query.get('provider') ?? '').trim().toLowerCase(),
    cursor: query.get('cursor') || '', limit: queryInt(query, 'limit', 100, 1, 1000),
  });
  if (!page) throw new HttpError(400, 'bad_request', 'invalid input');
  sendJson(res, 200, { items: page.items.map(operationJson), nextCursor: page.nextCursor });
}

function getOp({ workspace, id, res, settings }) {
  const op = workspace.getOperation(id);
  // A fresh operation may take a moment to become visible; the hosted service does that.
  if (!op || Date.now() < Date.parse(op.createdAt) + settings.opsVisibleDelayMs) throw notFound();
  sendJson(res, 200, operationJson(op));
}

function replayOp({ workspace, id, res, correlationId, providers }) {
  sendJson(res, 202, replay(workspace, id, correlationId, (...args) => providers.hand(...args)));
}

function pendingWritebacks({ workspace, res }) {
  sendJson(res, 200, workspace.getPendingWritebacks().map((item) => ({
    ...item, contentIdentity: workspace.getOperation(item.id)?.contentIdentity,
  })));
}

async function ackWriteback({ req, workspace, id, res, correlationId, settings }) {
  const body = await readJson(req, settings.maxBodyBytes);
  if (typeof body.success !== 'boolean') throw new HttpError(400, 'bad_request', 'success must be a boolean');
  const outcome = acknowledge(workspace, id, body);
  if (!outcome) throw notFound();
  sendJson(res, 200, { status: 'acknowledged', id, correlationId, success: body.success, draft: outcome.draft });
}

async function sweepDrafts({ req, res, settings }) {
  const body = await readJson(req, settings.maxBodyBytes);
  sendJson(res, 200, { dryRun: body.apply !== true, scanned: 0, removed: [], skipped: [] });
}

function syncStatus({ workspace, query, res }) {
  const only = (query.get('provider') ?? '').trim().toLowerCase();
  const names = new Set(only ? [only] : [
    ...workspace.listFiles().map((file) => file.provider),
    ...[...workspace.operations.values()].map((op) => op.provider),
    ...Object.keys(workspace.ingress),
  ].filter(Boolean));
  sendJson(res, 200, { workspaceId: workspace.id, providers: [...names].sort().map((name) => providerStatus(workspace, name)) });
}

function providerStatus(workspace, provider) {
  const dead = [...workspace.operations.values()].filter((op) => op.provider === provider && op.status === 'dead_lettered' && op.lastError);
  const failureCodes = {};
  for (const op of dead) failureCodes[failureCode(op.lastError)] = (failureCodes[failureCode(op.lastError)] ?? 0) + 1;
  return {
    provider, status: dead.length ? 'error' : 'healthy',
    cursor: workspace.ingress[provider]?.cursor, watermarkTs: workspace.watermarks[provider],
    lastError: dead.at(-1)?.lastError,
    failureCodes: dead.length ? failureCodes : undefined, deadLetteredOps: dead.length || undefined,
  };
}

const FAILURES = [
  [/429|rate limit/, 'rate_limited'], [/timeout|timed out|deadline exceeded/, 'timeout'], [/401/, 'unauthorized'], [/403/, 'forbidden'],
  [/404/, 'not_found'], [/409/, 'conflict'], [/50[0234]|internal server/, 'provider_unavailable'],
];

function failureCode(text) {
  return FAILURES.find(([pattern]) => pattern.test(text.toLowerCase()))?.[1] ?? 'unknown';
}

const INGRESS = {
  acceptedTotal: 0, droppedTotal: 0, dedupedTotal: 0, coalescedTotal: 0, pendingTotal: 0, oldestPendingAgeSeconds: 0,
  suppressedTotal: 0, staleTotal: 0, dedupeRate: 0, coalesceRate: 0,
};

function syncIngress({ workspace, query, res }) {
  const only = (query.get('provider') ?? '').trim().toLowerCase();
  const byProvider = {};
  for (const [name, { cursor, ...counts }] of Object.entries(workspace.ingress)) {
    if (only && only !== name) continue;
    byProvider[name] = { ...INGRESS, ...counts, dedupeRate: counts.dedupedTotal / ((counts.acceptedTotal + counts.dedupedTotal) || 1) };
  }
  const sum = (field) => Object.values(byProvider).reduce((total, row) => total + row[field], 0);
  const totals = Object.fromEntries(Object.keys(INGRESS).map((field) => [field, sum(field)]));
  sendJson(res, 200, {
    workspaceId: workspace.id, queueDepth: 0, queueCapacity: 1024, queueUtilization: 0, deadLetterTotal: 0, deadLetterByProvider: {},
    ...totals, dedupeRate: totals.dedupedTotal / ((totals.acceptedTotal + totals.dedupedTotal) || 1), ingressByProvider: byProvider,
  });
}

async function syncRefresh({ req, res, correlationId, settings }) {
  const body = await readJson(req, settings.maxBodyBytes);
  if (!isText(body.provider)) throw new HttpError(400, 'bad_request', 'missing provider');
  sendJson(res, 202, { status: 'queued', id: `sync_${Date.now()}000000`, correlationId });
}

async function ingest({ req, res, workspace, correlationId, settings }) {
  const body = await readJson(req, settings.maxBodyBytes);
  for (const field of ['provider', 'event_type', 'path']) {
    if (!isText(body[field])) throw new HttpError(400, 'bad_request', `missing ${field}`);
  }
  const provider = body.provider.trim().toLowerCase();
  const counts = workspace.ingress[provider] ??= { acceptedTotal: 0, dedupedTotal: 0, staleTotal: 0, seen: undefined };
  const delivery = isText(body.delivery_id) ? `${provider}|${body.delivery_id}` : null;
  const known = delivery && workspace.deliveries.get(delivery);
  if (known) {
    counts.dedupedTotal += 1;
    sendJson(res, 202, { status: 'queued', id: known, correlationId });
    return;
  }
  const id = workspace.store.next('env');
  if (delivery) workspace.deliveries.set(delivery, id);
  counts.acceptedTotal += 1;
  counts.cursor = id;
  sendJson(res, 202, { status: 'queued', id, correlationId });
  setImmediate(() => applyEnvelope(workspace, provider, body, counts, correlationId));
}

function applyEnvelope(workspace, provider, { event_type: type, path, data = {}, timestamp }, counts, correlationId) {
  const objectId = data.providerObjectId || data.objectId;
  const at = timestamp ?? rfc3339(Math.floor(Date.now() / 1000) * 1000);
  const key = `${provider}|${objectId || path}`;
  const last = workspace.deliveries.get(`time|${key}`);
  if (last && Date.parse(at) < Date.parse(last)) {
    counts.staleTotal += 1;
    workspace.event('sync.stale', path, { provider, correlationId });
    return;
  }
  workspace.deliveries.set(`time|${key}`, at);
  if (type === 'file.deleted') {
    workspace.deleteFromProvider(path, { provider, correlationId });
  } else if (type === 'file.created' || type === 'file.updated') {
    const moved = objectId && workspace.listFiles().find((file) => file.provider === provider && file.providerObjectId === objectId && file.path !== path);
    if (moved) workspace.deleteFromProvider(moved.path, { provider, correlationId });
    const { properties, relations, permissions, comments } = { ...data, ...data.semantics };
    const semantics = properties || relations || permissions || comments ? { properties, relations, permissions, comments } : undefined;
    workspace.putFromProvider({
      path, provider, providerObjectId: objectId, semantics, correlationId,
      content: typeof data.content === 'string' ? data.content : '', contentType: data.contentType,
    });
  } else {
    workspace.event('sync.ignored', '/', { provider, correlationId });
  }
}
