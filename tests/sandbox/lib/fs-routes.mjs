// The data plane's file routes: tree, file, bulk, events, query and export.
import {
  buildTarGzip, buildUnifiedPatch, deleteFile, filePermissionAllows, queryFiles, resolveFilePermissions, writeFile,
} from '@relayfile/core';
import { HttpError, isText, queryInt, readJson, send, sendJson } from './http.mjs';
import { allowsPath } from './scopes.mjs';
import { mergeThreeWay } from './merge.mjs';

const TREE_PAGE = 1000;
const PREVIEW_BYTES = 4000;

export const fsRoutes = [
  ['GET', '/fs/tree', 'fs:read', 'query', tree],
  ['GET', '/fs/file', 'fs:read', 'raw', getFile],
  ['PUT', '/fs/file', 'fs:write', 'raw', putFile],
  ['DELETE', '/fs/file', 'fs:write', 'raw', removeFile],
  ['POST', '/fs/bulk', 'fs:write', null, bulk],
  ['POST', '/fs/merge', 'fs:write', 'raw', merge],
  ['GET', '/fs/events', 'fs:read', 'root', events],
  ['GET', '/fs/query', 'fs:read', 'query', query],
  ['GET', '/fs/export', 'fs:read', 'query', exportFiles],
];

// The path as the store keeps it: a leading slash, one trailing slash trimmed, nothing else touched.
export function storedPath(raw) {
  const path = raw.trim();
  const full = path.startsWith('/') ? path : `/${path}`;
  return full.length > 1 && full.endsWith('/') ? full.slice(0, -1) : full;
}

function allowedByAcl({ workspace, claims }, path) {
  return filePermissionAllows(resolveFilePermissions(workspace, path, true), workspace.id, { agentName: claims.agentName, scopes: new Set(claims.scopes) });
}

function requireAcl(ctx, path) {
  if (!allowedByAcl(ctx, path)) throw new HttpError(403, 'forbidden', 'file access denied by permission policy');
}

function pathParam({ query }) {
  const raw = query.get('path') ?? '';
  if (!raw.trim()) throw new HttpError(400, 'bad_request', 'missing path query');
  return storedPath(raw);
}

const isWithin = (path, base) => path !== base && (base === '/' || path.startsWith(`${base}/`));
const byPath = (a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));

function tree(ctx) {
  const { workspace, query: params, res } = ctx;
  const base = storedPath(params.get('path') || '/');
  const depth = queryInt(params, 'depth', 10, 1, 100);
  const entries = new Map();
  let totalFiles = 0;
  for (const file of workspace.listFiles()) {
    if (!isWithin(file.path, base) || !allowedByAcl(ctx, file.path)) continue;
    totalFiles += 1;
    const parts = file.path.slice(base === '/' ? 1 : base.length + 1).split('/');
    for (let level = 1; level <= Math.min(depth, parts.length); level += 1) {
      const path = `${base === '/' ? '' : base}/${parts.slice(0, level).join('/')}`;
      if (level === parts.length) entries.set(path, treeEntry(file));
      else if (!entries.has(path)) entries.set(path, { path, type: 'dir', revision: 'dir' });
    }
  }
  const sorted = [...entries.values()].sort(byPath);
  const cursor = params.get('cursor');
  const start = cursor ? sorted.findIndex((entry) => entry.path === cursor) + 1 : 0;
  if (cursor && start === 0) throw new HttpError(400, 'bad_request', 'invalid input');
  const page = sorted.slice(start, start + TREE_PAGE);
  const more = start + TREE_PAGE < sorted.length;
  sendJson(res, 200, { path: base, entries: page, nextCursor: more ? page.at(-1).path : null, totalFiles: totalFiles || undefined });
}

function treeEntry(file) {
  const { properties = {}, relations = [], permissions = [], comments = [] } = file.semantics;
  return {
    path: file.path, type: 'file', revision: file.revision, contentHash: file.contentHash,
    provider: file.provider || undefined, providerObjectId: file.providerObjectId,
    size: Buffer.byteLength(file.content) || undefined, updatedAt: file.lastEditedAt,
    propertyCount: Object.keys(properties).length || undefined, relationCount: relations.length || undefined,
    permissionCount: permissions.length || undefined, commentCount: comments.length || undefined,
  };
}

export function fileJson(file) {
  return {
    path: file.path, revision: file.revision, contentHash: file.contentHash, contentType: file.contentType,
    content: file.content, encoding: file.encoding === 'base64' ? 'base64' : undefined,
    provider: file.provider || undefined, providerObjectId: file.providerObjectId,
    lastEditedAt: file.lastEditedAt, semantics: file.semantics,
  };
}

function getFile(ctx) {
  const path = pathParam(ctx);
  requireAcl(ctx, path);
  const file = ctx.workspace.getFile(path);
  if (!file) throw new HttpError(404, 'not_found', 'not found');
  sendJson(ctx.res, 200, fileJson(file), { ETag: file.revision });
}

function ifMatchHeader(req) {
  const value = (req.headers['if-match'] ?? '').trim();
  if (!value) throw new HttpError(412, 'precondition_failed', 'missing If-Match header');
  return value;
}

async function putFile(ctx) {
  const { req, res, workspace, correlationId, settings } = ctx;
  const path = pathParam(ctx);
  requireAcl(ctx, path);
  const ifMatch = ifMatchHeader(req);
  const body = await readJson(req, settings.maxBodyBytes);
  const encoding = encodingOf(body.encoding);
  if (encoding === null) throw new HttpError(400, 'bad_request', 'invalid encoding');
  const result = writeFile(workspace, {
    path, ifMatch, correlationId, encoding, content: body.content ?? '', contentType: body.contentType,
    semantics: semanticsOf(body.semantics, workspace.getFile(path)),
  });
  answerWrite(res, workspace, path, result);
}

async function removeFile(ctx) {
  const path = pathParam(ctx);
  requireAcl(ctx, path);
  const result = deleteFile(ctx.workspace, { path, ifMatch: ifMatchHeader(ctx.req), correlationId: ctx.correlationId });
  answerWrite(ctx.res, ctx.workspace, path, result);
}

function answerWrite(res, workspace, path, result) {
  if (result.ok) {
    sendJson(res, 202, result.result);
    return;
  }
  if (result.error?.type === 'conflict') {
    const { expectedRevision, currentRevision } = result.error;
    const preview = workspace.getFile(path)?.content.slice(0, PREVIEW_BYTES) || undefined;
    throw new HttpError(409, 'revision_conflict', 'revision conflict', { expectedRevision, currentRevision, currentContentPreview: preview });
  }
  if (result.error === 'not_found') throw new HttpError(404, 'not_found', 'not found');
  throw new HttpError(400, 'bad_request', 'invalid input');
}

function encodingOf(value) {
  const encoding = String(value ?? '').trim().toLowerCase();
  if (encoding === 'base64') return 'base64';
  return ['', 'utf-8', 'utf8'].includes(encoding) ? 'utf-8' : null;
}

// Property values of any type become text; an update without any keeps what the file had.
function semanticsOf(given, old) {
  const { properties, relations, permissions, comments } = given ?? {};
  const result = {
    properties: properties && Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)])),
    relations, permissions, comments,
  };
  const empty = Object.values(result).every((part) => !part || Object.keys(part).length === 0);
  return empty ? old?.semantics : result;
}

async function bulk({ req, res, workspace, claims, settings, ...ctx }) {
  const body = await readJson(req, settings.maxBodyBytes);
  if (!Array.isArray(body.files) || body.files.length === 0) throw new HttpError(400, 'bad_request', 'missing files');
  const prepared = body.files.map((file) => ({ ...file, path: storedPath(String(file.path ?? '')) }));
  const permitted = (file) => allowsPath(claims.scopes, 'fs:write', file.path) && allowedByAcl({ workspace, claims }, file.path);
  const errors = prepared.filter((file) => !permitted(file))
    .map(({ path }) => ({ path, code: 'forbidden', message: 'file access denied by permission policy' }));
  const results = [];
  let written = 0;
  for (const file of prepared.filter(permitted)) {
    const outcome = bulkWrite(workspace, file);
    if (outcome.error) errors.push({ path: file.path, ...outcome.error });
    else results.push(outcome.result);
    if (outcome.written) written += 1;
  }
  sendJson(res, 202, { written, errorCount: errors.length, errors, results, correlationId: ctx.correlationId });
}

function bulkWrite(workspace, { path, content = '', contentType, ifMatch, ...file }) {
  const encoding = encodingOf(file.encoding);
  if (encoding === null) return { error: { code: 'invalid_encoding', message: 'invalid encoding' } };
  const identity = identityOf(file.contentIdentity);
  const known = identity && workspace.findByIdentity(identity);
  if (known) return { result: duplicateResult(workspace, known) };
  const old = workspace.getFile(path);
  const outcome = writeFile(workspace, {
    path, content, contentType, encoding, ifMatch: ifMatch || '*', correlationId: '', semantics: old?.semantics,
  });
  if (!outcome.ok) return { error: bulkError(outcome.error, ifMatch) };
  const { opId, targetRevision, writeback } = outcome.result;
  if (identity) workspace.getOperation(opId).contentIdentity = identity;
  return {
    written: true,
    result: { path, revision: targetRevision, contentType: workspace.getFile(path)?.contentType, opId, contentIdentity: identity ?? undefined, writeback },
  };
}

function identityOf(value) {
  if (!isText(value?.kind) || !isText(value?.key)) return null;
  const ttlSeconds = Number.isFinite(value.ttlSeconds) ? value.ttlSeconds : undefined;
  return { kind: value.kind.trim(), key: value.key.trim(), ttlSeconds };
}

function duplicateResult(workspace, op) {
  return {
    path: op.path, revision: op.revision, contentType: workspace.getFile(op.path)?.contentType, opId: op.opId,
    contentIdentity: op.contentIdentity, writeback: { provider: op.provider || undefined, state: op.status },
  };
}

function bulkError(error, ifMatch) {
  if (error?.type === 'conflict') {
    return { code: 'conflict', message: 'revision conflict', expectedRevision: error.expectedRevision, currentRevision: error.currentRevision };
  }
  if (error === 'not_found') return { code: 'conflict', message: 'revision conflict', expectedRevision: ifMatch };
  return { code: 'invalid_content', message: 'invalid content' };
}

async function merge(ctx) {
  const { req, res, workspace, settings } = ctx;
  const path = pathParam(ctx);
  requireAcl(ctx, path);
  const body = await readJson(req, settings.maxBodyBytes);
  const file = workspace.getFile(path);
  if (!file) throw new HttpError(404, 'not_found', 'not found');
  if (body.strategy !== 'three-way-lines-v1') throw new HttpError(422, 'merge_ineligible', 'merge not possible', { reason: 'unsupported_strategy' });
  if (![body.content, body.baseContent].every((text) => typeof text === 'string') || file.encoding === 'base64') {
    throw new HttpError(422, 'merge_ineligible', 'merge not possible', { reason: 'not_text' });
  }
  const merged = mergeThreeWay(body.baseContent, file.content, body.content);
  if (merged === null) {
    throw new HttpError(409, 'merge_conflict', 'merge conflict', { currentRevision: file.revision, conflicts: [{ path }] });
  }
  const mergedAgainstRevision = file.revision;
  const identity = identityOf(body.contentIdentity);
  const { result } = writeFile(workspace, {
    path, content: merged, contentType: body.contentType || file.contentType, ifMatch: '*', semantics: file.semantics, correlationId: ctx.correlationId,
  });
  if (identity) workspace.getOperation(result.opId).contentIdentity = identity;
  sendJson(res, 200, { targetRevision: result.targetRevision, strategy: body.strategy, baseRevision: body.baseRevision ?? '', mergedAgainstRevision });
}

function events({ workspace, query: params, res }) {
  const direction = params.get('direction') || 'asc';
  if (direction !== 'asc' && direction !== 'desc') throw new HttpError(400, 'bad_request', 'invalid direction');
  const options = {
    provider: (params.get('provider') ?? '').trim().toLowerCase(),
    cursor: params.get('cursor') ?? '',
    limit: queryInt(params, 'limit', 200, 1, 1000),
  };
  const page = direction === 'asc' ? workspace.listEvents(options) : workspace.listEventsBackwards(options);
  sendJson(res, 200, { events: page.items.map(eventJson), nextCursor: page.nextCursor });
}

export function eventJson(event) {
  return { ...event, contentHash: event.contentHash || undefined, provider: event.provider || undefined };
}

function query({ workspace, claims, query: params, res }) {
  const properties = {};
  for (const [name, value] of params) if (name.startsWith('property.')) properties[name.slice(9)] = value;
  const options = { path: storedPath(params.get('path') || '/'), properties, limit: queryInt(params, 'limit', 100, 1, 1000) };
  for (const name of ['provider', 'relation', 'permission', 'comment', 'cursor']) options[name] = params.get(name) || undefined;
  sendJson(res, 200, queryFiles(workspace, options, { agentName: claims.agentName, scopes: new Set(claims.scopes) }));
}

async function exportFiles(ctx) {
  const { workspace, query: params, res } = ctx;
  const format = params.get('format') || 'json';
  const base = storedPath(params.get('path') || '/');
  const files = workspace.listFiles()
    .filter((file) => (file.path === base || isWithin(file.path, base)) && allowedByAcl(ctx, file.path)).sort(byPath);
  if (format === 'json') sendJson(res, 200, files.map(fileJson));
  else if (format === 'patch') send(res, 200, buildUnifiedPatch(files), { 'Content-Type': 'text/x-diff; charset=utf-8' });
  else if (format === 'tar') {
    send(res, 200, Buffer.from(await buildTarGzip(files)), {
      'Content-Type': 'application/gzip', 'Content-Disposition': 'attachment; filename="workspace-export.tar.gz"',
    });
  } else throw new HttpError(400, 'bad_request', 'invalid format');
}
