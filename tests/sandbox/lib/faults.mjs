// Things that go wrong on purpose: the first matching fault decides about a request before, or with
// "after": true just after, the real part has done its work.
import { HttpError, send } from './http.mjs';

const KINDS = new Set(['status', 'html', 'json', 'hang', 'reset', 'slow', 'truncate']);
const MATCHERS = new Set(['method', 'pathPrefix', 'pathRegex']);

export class Faults {
  #faults = [];
  #next = 1;

  add(spec) {
    const bad = (message) => new HttpError(400, 'bad_request', message);
    if (!KINDS.has(spec.kind)) throw bad(`kind must be one of ${[...KINDS].join(', ')}`);
    const match = spec.match ?? {};
    const unknown = Object.keys(match).find((key) => !MATCHERS.has(key));
    if (unknown) throw bad(`unknown match field ${unknown}`);
    let regex = null;
    try {
      regex = match.pathRegex ? new RegExp(match.pathRegex) : null;
    } catch {
      throw bad('pathRegex is not a regular expression');
    }
    const fault = { ...spec, id: `fault_${this.#next++}`, match, regex, hits: 0 };
    this.#faults.push(fault);
    return fault.id;
  }

  remove(id) {
    const before = this.#faults.length;
    this.#faults = id ? this.#faults.filter((fault) => fault.id !== id) : [];
    return before - this.#faults.length;
  }

  list() {
    return this.#faults.map(({ regex, ...rest }) => rest);
  }

  take(method, url) {
    const path = url.pathname + url.search;
    const fault = this.#faults.find(({ match, regex, times, hits }) => (times === undefined || hits < times)
      && (!match.method || match.method.toUpperCase() === method)
      && (!match.pathPrefix || path.startsWith(match.pathPrefix))
      && (!regex || regex.test(path)));
    if (fault) fault.hits += 1;
    return fault;
  }
}

export const wait = (ms) => new Promise((done) => { setTimeout(done, ms).unref(); });

// True when the fault has answered (or never will); false when the real part should go on.
export async function applyFault(fault, res) {
  if (fault.delayMs) await wait(fault.delayMs);
  const text = typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body ?? {});
  switch (fault.kind) {
    case 'slow':
      return false;
    case 'hang':
      return true;
    case 'reset':
      (res.socket.resetAndDestroy ?? res.socket.destroy).call(res.socket);
      return true;
    case 'html': {
      const page = fault.body ?? '<!doctype html><html><head><title>Bad gateway</title></head><body><h1>502 Bad gateway</h1></body></html>';
      send(res, fault.status ?? 502, page, { 'Content-Type': 'text/html; charset=utf-8', ...fault.headers });
      return true;
    }
    case 'truncate': {
      const part = fault.body === undefined ? '{"truncated":' : text;
      res.writeHead(fault.status ?? 200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(part) + 256, ...fault.headers });
      res.write(part, () => res.socket?.destroy());
      return true;
    }
    default:
      send(res, fault.status ?? (fault.kind === 'json' ? 200 : 500), fault.body === undefined && fault.kind === 'status' ? '' : text, { 'Content-Type': 'application/json', ...fault.headers });
      return true;
  }
}

// Lets the real part work, but replaces its answer with the fault.
export function faultAfterwards(fault, res) {
  const real = { writeHead: res.writeHead.bind(res), end: res.end.bind(res), write: res.write.bind(res) };
  res.writeHead = () => res;
  res.write = () => true;
  res.end = () => {
    for (const name of res.getHeaderNames()) res.removeHeader(name);
    Object.assign(res, real);
    applyFault(fault, res).then((answered) => { if (!answered) send(res, 200, ''); });
    return res;
  };
}
