// Small HTTP helpers shared by every part: errors with a status, JSON in and out, forms, query values.

export class HttpError extends Error {
  constructor(status, code, message, extra = {}, headers = {}) {
    super(message);
    Object.assign(this, { status, code, extra, headers });
  }
}

// The Go server escapes these three characters in JSON; clients must not mind.
const goEscapes = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' };

export function sendJson(res, status, body, headers = {}) {
  const text = `${JSON.stringify(body).replace(/[<>&]/g, (c) => goEscapes[c])}\n`;
  send(res, status, text, { 'Content-Type': 'application/json', ...headers });
}

export function send(res, status, body, headers = {}) {
  if (res.headersSent || res.destroyed) return;
  const bytes = Buffer.from(body);
  res.writeHead(status, { 'Content-Length': bytes.length, 'Cache-Control': 'no-store', ...headers });
  res.end(bytes);
}

export function redirect(res, status, location) {
  send(res, status, '', { Location: location });
}

export async function readBody(req, limit) {
  const chunks = [];
  let size = 0;
  for await (const chunk of req) {
    size += chunk.length;
    // The rest is read and dropped, so that the client gets our answer and not a broken pipe.
    if (size <= limit) chunks.push(chunk);
  }
  if (size > limit) throw new HttpError(413, 'payload_too_large', 'request body too large');
  return Buffer.concat(chunks);
}

export async function readJson(req, limit, { allowEmpty = false } = {}) {
  const text = (await readBody(req, limit)).toString('utf8');
  if (allowEmpty && text.trim() === '') return {};
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HttpError(400, 'bad_request', 'invalid json body');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new HttpError(400, 'bad_request', 'invalid json body');
  }
  return value;
}

export async function readForm(req, limit = 65536) {
  return new URLSearchParams((await readBody(req, limit)).toString('utf8'));
}

// A number from a query: nonsense or too small gives the default, too large is clamped.
export function queryInt(params, name, fallback, min, max) {
  const text = params.get(name) ?? '';
  if (!/^-?\d+$/.test(text)) return fallback;
  const value = Number(text);
  return value < min ? fallback : Math.min(value, max);
}

// RFC 3339 with the trailing zeros of the fraction dropped, as Go prints it.
export function rfc3339(ms = Date.now()) {
  return new Date(ms).toISOString().replace(/\.?0+Z$/, 'Z');
}

export const isText = (value) => typeof value === 'string' && value.trim() !== '';

export function isLoopbackUrl(text) {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  } catch {
    return false;
  }
}
