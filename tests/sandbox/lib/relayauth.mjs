// The issuer of delegated data-plane tokens: the key set and the refresh that rotates.
import { readJson, sendJson } from './http.mjs';
import { Sessions, iso } from './sessions.mjs';

export const REFRESH_ERRORS = {
  delegation_expired: 'The delegation has ended.',
  workspace_token_revoked: 'The delegation was revoked.',
};

export class Relayauth {
  constructor({ tokens, settings, ledger, saved }) {
    Object.assign(this, { tokens, settings });
    this.delegations = new Sessions({ name: 'delegated', ledger, saved: saved?.delegations });
  }

  toJSON() {
    return { delegations: this.delegations };
  }

  delegate({ workspace, scopes, agentName, person }) {
    const notAfter = Date.now() + this.settings.refreshTtlSeconds * 1000;
    return this.#issue(this.delegations.create({ workspace, scopes, agentName, person, notAfter }));
  }

  #issue(session) {
    const { token, expiresAt } = this.tokens.sign({
      workspace: session.workspace, scopes: session.scopes, sub: session.agentName, ttlSeconds: this.settings.delegatedTtlSeconds,
    });
    const left = Math.max(0, (session.notAfter - Date.now()) / 1000);
    const refreshToken = this.delegations.rotate(session, Math.min(left, this.settings.refreshTtlSeconds));
    return {
      accessToken: token, accessTokenExpiresAt: expiresAt, refreshToken,
      refreshTokenExpiresAt: iso(session.refreshExpiresAt), delegationNotAfter: iso(session.notAfter),
    };
  }

  async handle(req, res, url) {
    const route = `${req.method} ${url.pathname.slice('/relayauth'.length)}`;
    if (route === 'GET /.well-known/jwks.json') sendJson(res, 200, this.tokens.jwks());
    else if (route === 'POST /v1/tokens/refresh') await this.#refresh(req, res);
    else sendJson(res, 404, { error: 'Not found.', code: 'not_found' });
  }

  async #refresh(req, res) {
    const { refreshToken } = await readJson(req, this.settings.maxBodyBytes);
    const fail = (code, error = REFRESH_ERRORS[code]) => sendJson(res, 401, { error, code });
    const forced = this.settings.delegatedRefreshError;
    if (forced) return fail(forced);
    const { session, reason } = this.delegations.redeem(refreshToken);
    if (reason === 'revoked') return fail('workspace_token_revoked');
    if (reason === 'expired') return fail('delegation_expired');
    if (reason) return fail('invalid_refresh_token', `The refresh token is ${reason}.`);
    return sendJson(res, 200, this.#issue(session));
  }
}
