// Pairs of an access and a refresh token, used once each: the cloud's sign-ins and the delegated bundles.
// A spent refresh token is refused and counted, as a service that rotates does it.
import { randomBytes } from 'node:crypto';

export class Sessions {
  constructor({ name, ledger, saved }) {
    this.name = name;
    this.ledger = ledger;
    this.sessions = new Map(saved?.sessions ?? []);
    this.refreshIndex = new Map(saved?.refreshIndex ?? []);
    this.next = saved?.next ?? 1;
  }

  toJSON() {
    return { sessions: [...this.sessions], refreshIndex: [...this.refreshIndex], next: this.next };
  }

  // info is what the session is about; lifetimes come from the settings at the time of issue.
  create(info) {
    const id = `${this.name}_${this.next++}`;
    const session = { id, ...info, revoked: false };
    this.sessions.set(id, session);
    return session;
  }

  rotate(session, refreshTtlSeconds) {
    const token = `${this.name}_rt_${randomBytes(24).toString('base64url')}`;
    this.refreshIndex.set(token, session.id);
    session.refreshToken = token;
    session.refreshExpiresAt = Date.now() + refreshTtlSeconds * 1000;
    this.ledger.secret(`${this.name}-refresh`, token);
    return token;
  }

  // The session of a refresh token that may be redeemed now, or the reason why not.
  redeem(token) {
    const session = this.sessions.get(this.refreshIndex.get(token));
    if (!session) return { reason: 'unknown' };
    if (session.refreshToken !== token) {
      this.ledger.spentToken(this.name);
      return { reason: 'spent', session };
    }
    if (session.revoked) return { reason: 'revoked', session };
    if (Date.now() >= session.refreshExpiresAt) return { reason: 'expired', session };
    return { session };
  }

  revoke(token) {
    const session = this.sessions.get(this.refreshIndex.get(token));
    if (session) session.revoked = true;
    return Boolean(session);
  }

  revokeAll() {
    for (const session of this.sessions.values()) session.revoked = true;
    return this.sessions.size;
  }
}

export const iso = (ms) => new Date(ms).toISOString();
