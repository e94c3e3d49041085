// What happened in this run: every secret that was handed out (so that a test can look for leaks), the
// requests without their secrets, and how often a spent refresh token came back.

const KEPT = 500;
const TOKEN_LIKE = /token|code|secret|password|state|ticket|jwt|assertion|key/i;

export class Ledger {
  constructor() {
    this.secrets = new Map();
    this.reset();
  }

  reset() {
    this.requests = [];
    this.counts = new Map();
    this.spent = {};
  }

  secret(kind, value) {
    if (typeof value === 'string' && value) this.secrets.set(value, kind);
    return value;
  }

  spentToken(kind) {
    this.spent[kind] = (this.spent[kind] ?? 0) + 1;
  }

  // Notes a request as it arrives; the status follows when it is answered and stays null if it never is.
  request(method, url) {
    const entry = { method, path: withoutSecrets(url), status: null, at: new Date().toISOString() };
    const key = `${method} ${url.pathname}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    this.requests.push(entry);
    if (this.requests.length > KEPT) this.requests.shift();
    return entry;
  }

  report(prefix = '') {
    const counts = [...this.counts].filter(([key]) => key.split(' ')[1].startsWith(prefix));
    return {
      total: counts.reduce((sum, [, count]) => sum + count, 0),
      counts: Object.fromEntries(counts),
      spentRefreshTokens: this.spent,
      requests: this.requests.filter((entry) => entry.path.startsWith(prefix)),
    };
  }
}

function withoutSecrets(url) {
  const params = new URLSearchParams(url.search);
  for (const name of new Set(params.keys())) {
    if (TOKEN_LIKE.test(name)) params.set(name, '-');
  }
  const query = params.toString();
  return query ? `${url.pathname}?${query}` : url.pathname;
}
