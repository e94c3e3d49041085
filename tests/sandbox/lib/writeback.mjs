// What an acknowledgement does to an operation and to its file, and what a replay does.
import { HttpError, rfc3339 } from './http.mjs';

// Flips any operation, even a finished one. Returns what became of a draft, or null for an unknown operation.
export function acknowledge(workspace, opId, { success, error, externalId, canonicalPath, providerResult }) {
  const op = workspace.getOperation(opId);
  if (!op) return null;
  const completedAt = rfc3339();
  if (!success) {
    workspace.putOperation({ ...op, status: 'dead_lettered', completedAt, lastError: error || op.lastError });
    return {};
  }
  const { providerRevision, ...given } = providerResult ?? {};
  workspace.putOperation({
    ...op,
    status: 'succeeded',
    completedAt,
    lastError: null,
    providerResult: { ...given, ...(externalId ? { externalId } : {}), providerRevision: op.revision },
  });
  return { draft: externalId ? renameDraft(workspace, op, externalId, canonicalPath) : undefined };
}

// The provider gave the object a name: the file moves there, without an operation.
function renameDraft(workspace, op, externalId, canonicalPath) {
  const file = workspace.getFile(op.path);
  if (op.action !== 'file_upsert' || !file || file.providerObjectId) return { action: 'none' };
  const to = targetPath(op.path, externalId, canonicalPath);
  if (to === op.path) {
    file.providerObjectId = externalId;
    return { action: 'none' };
  }
  const taken = workspace.getFile(to) || workspace.listFiles().some((other) => other.provider === file.provider && other.providerObjectId === externalId);
  const revision = workspace.nextRevision();
  workspace.deleteFile(op.path);
  if (!taken) workspace.putFile({ ...file, path: to, revision, providerObjectId: externalId });
  workspace.event('file.deleted', op.path, { revision, origin: 'system', provider: file.provider });
  if (taken) return { action: 'removed', from: op.path };
  workspace.event('file.created', to, { revision, origin: 'system', provider: file.provider });
  return { action: 'renamed', from: op.path, to };
}

function targetPath(path, externalId, canonicalPath) {
  if (canonicalPath && canonicalPath.split('/')[1] === path.split('/')[1]) return canonicalPath;
  const dir = path.slice(0, path.lastIndexOf('/'));
  const name = path.slice(path.lastIndexOf('/') + 1);
  const extension = name.includes('.') ? name.slice(name.lastIndexOf('.')) : '';
  return `${dir}/${externalId.replace(/[^A-Za-z0-9._-]+/g, '-')}${extension}`;
}

export function replay(workspace, opId, correlationId, hand) {
  const op = workspace.getOperation(opId);
  if (!op) throw new HttpError(404, 'not_found', 'not found');
  if (op.status !== 'dead_lettered') throw new HttpError(409, 'invalid_state', `operation is ${op.status}`);
  workspace.putOperation({
    ...op, status: 'pending', attemptCount: 0, lastError: null, nextAttemptAt: null, completedAt: null, correlationId,
  });
  hand(workspace, workspace.getOperation(opId));
  return { status: 'queued', id: opId, correlationId };
}

// The JSON of an operation as the Go server prints it: empty values are left out.
export function operationJson({ contentHash, ...op }) {
  return Object.fromEntries(Object.entries(op).filter(([name, value]) => name === 'attemptCount' || (value !== null && value !== undefined && value !== '')));
}
