// The data plane's tokens: one RSA key whose id is its thumbprint, signing, and the checks of the Go server.
import {
  createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign, verify,
} from 'node:crypto';
import { HttpError } from './http.mjs';

const b64 = (value) => Buffer.from(value).toString('base64url');
const refuse = (message) => new HttpError(401, 'unauthorized', message);

// The key leaves the generator as text. Exporting the generated KeyObject can stop the whole process for good:
// the export holds the key's lock, and if memory is collected just then, the finished generator wants the same lock.
export function newPrivateJwk() {
  const { privateKey: pem } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const jwk = createPrivateKey(pem).export({ format: 'jwk' });
  return { ...jwk, kid: thumbprint(jwk), alg: 'RS256', use: 'sig' };
}

function thumbprint({ e, kty, n }) {
  return createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url');
}

export class DataPlaneTokens {
  constructor({ ledger, issuer, saved }) {
    this.ledger = ledger;
    this.issuer = issuer;
    this.jwk = saved?.jwk ?? newPrivateJwk();
    this.generation = saved?.generation ?? 1;
    this.privateKey = createPrivateKey({ key: this.jwk, format: 'jwk' });
    this.publicKey = createPublicKey(this.privateKey);
  }

  toJSON() {
    return { jwk: this.jwk, generation: this.generation };
  }

  jwks() {
    const { kty, n, e, kid, alg, use } = this.jwk;
    return { keys: [{ kty, n, e, kid, alg, use }] };
  }

  // Every token signed so far stops working (a JWT cannot be withdrawn otherwise).
  revokeAll() {
    this.generation += 1;
  }

  sign({ workspace, scopes, ttlSeconds, sub }) {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: this.issuer, aud: ['relayfile'], jti: randomUUID(), iat: now, exp: now + ttlSeconds,
      sub, agent_name: sub, wks: workspace, workspace_id: workspace, scopes, gen: this.generation,
    };
    const head = { alg: 'RS256', typ: 'JWT', kid: this.jwk.kid };
    const body = `${b64(JSON.stringify(head))}.${b64(JSON.stringify(claims))}`;
    const token = `${body}.${b64(sign('RSA-SHA256', Buffer.from(body), this.privateKey))}`;
    this.ledger.secret('data-plane-access', token);
    return { token, expiresAt: new Date(claims.exp * 1000).toISOString() };
  }

  // The claims of a good token: { workspace, agentName, scopes }; otherwise throws 401 or 403.
  verify(raw) {
    const token = raw.replace(/^relay_(pa|ws|id|ag)_/, '');
    const parts = token.split('.');
    if (parts.length !== 3 || parts.some((part) => part === '')) throw refuse('invalid jwt format');
    const head = parsePart(parts[0], 'invalid jwt header');
    if (head.alg !== 'RS256') throw refuse('unsupported jwt algorithm');
    if (!head.kid) throw refuse('missing jwt kid');
    if (head.kid !== this.jwk.kid) throw refuse('unknown jwt kid');
    const signature = Buffer.from(parts[2], 'base64url');
    if (!verify('RSA-SHA256', Buffer.from(`${parts[0]}.${parts[1]}`), this.publicKey, signature)) {
      throw refuse('jwt signature mismatch');
    }
    return this.#claims(parsePart(parts[1], 'invalid jwt payload'));
  }

  #claims(payload) {
    const workspace = payload.wks || payload.workspace_id;
    const agentName = payload.sub || payload.agent_name;
    if (typeof workspace !== 'string' || !workspace) throw refuse('missing workspace claim');
    if (typeof agentName !== 'string' || !agentName) throw refuse('missing subject claim');
    if (typeof payload.exp !== 'number') throw refuse('invalid exp claim');
    if (Date.now() / 1000 >= payload.exp) throw refuse('token expired');
    if (![payload.aud].flat().includes('relayfile')) throw refuse('invalid aud claim');
    if ((payload.gen ?? this.generation) < this.generation) throw refuse('token revoked');
    const scopes = Array.isArray(payload.scopes)
      ? payload.scopes.filter((scope) => typeof scope === 'string' && scope)
      : String(payload.scopes ?? '').split(' ').filter(Boolean);
    if (scopes.length === 0) throw new HttpError(403, 'forbidden', 'no scopes granted');
    return { workspace, agentName, scopes };
  }
}

function parsePart(part, message) {
  try {
    const value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    if (value && typeof value === 'object') return value;
  } catch {
    // falls through to the refusal
  }
  throw refuse(message);
}
