// The stand-in for GitHub, Linear and the like: takes operations from the writeback queue and says yes, says no,
// or waits until it is told. It counts what it was handed, which is "what the provider saw".
import { HttpError, rfc3339 } from './http.mjs';
import { decoded } from './store.mjs';
import { acknowledge } from './writeback.mjs';

const MODES = new Set(['succeed', 'fail', 'wait', 'require-title']);
const DEFAULT = { mode: 'succeed', delayMs: 150 };

export class Providers {
  #timers = new Set();

  constructor({ store, onChange, saved }) {
    this.store = store;
    this.onChange = onChange;
    this.rules = saved?.rules ?? {};
    this.log = new Map(saved?.log ?? []);
    store.onOperation = (workspace, op) => this.hand(workspace, op);
  }

  toJSON() {
    return { rules: this.rules, log: [...this.log] };
  }

  set(name, { mode, error, delayMs }) {
    const rule = { ...DEFAULT, ...this.rules[name] };
    if (mode !== undefined && !MODES.has(mode)) {
      throw new HttpError(400, 'bad_request', `mode must be one of ${[...MODES].join(', ')}`);
    }
    if (mode !== undefined) Object.assign(rule, { mode, error: undefined });
    if (error !== undefined) rule.error = error;
    if (delayMs !== undefined) rule.delayMs = delayMs;
    this.rules[name] = rule;
    return rule;
  }

  rule(name) {
    return this.rules[name] ?? DEFAULT;
  }

  hand(workspace, op) {
    this.#count(workspace, op);
    const file = workspace.getFile(op.path);
    this.#later(workspace, op, file && { ...file });
  }

  // Operations that were still waiting when the sandbox was stopped.
  resume() {
    for (const workspace of this.store.workspaces.values()) {
      for (const item of workspace.getPendingWritebacks()) {
        const op = workspace.getOperation(item.id);
        const file = workspace.getFile(op.path);
        this.#later(workspace, op, file && { ...file });
      }
    }
  }

  #later(workspace, op, file) {
    const rule = this.rule(op.provider);
    if (rule.mode === 'wait') return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#decide(workspace, op, file, rule);
    }, rule.delayMs ?? DEFAULT.delayMs);
    this.#timers.add(timer);
  }

  #decide(workspace, { opId, action, path, provider }, file, rule) {
    if (workspace.getOperation(opId)?.status !== 'pending') return;
    const error = rule.mode === 'fail' ? rule.error ?? 'the provider refused this change'
      : rule.mode === 'require-title' && action === 'file_upsert' && path.endsWith('.json') && !hasTitle(file)
        ? rule.error ?? 'title is required' : null;
    acknowledge(workspace, opId, error === null
      ? { success: true, providerResult: { provider, acceptedAt: rfc3339() } }
      : { success: false, error });
    this.onChange();
  }

  #count(workspace, op) {
    const key = [workspace.id, op.path, op.contentHash, op.action].join('\n');
    const entry = this.log.get(key) ?? {
      workspace: workspace.id, path: op.path, contentHash: op.contentHash ?? '', action: op.action, count: 0, opIds: [],
    };
    entry.count += 1;
    entry.opId = op.opId;
    entry.opIds.push(op.opId);
    this.log.set(key, entry);
  }

  close() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

function hasTitle(file) {
  try {
    const { title } = JSON.parse(decoded(file.content, file.encoding).toString('utf8'));
    return typeof title === 'string' && title.trim() !== '';
  } catch {
    return false;
  }
}
