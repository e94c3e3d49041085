// A service that only lets in who has a token for it, and says where to get one (RFC 9728). It has the manners of an
// MCP server: no token, or one for somebody else, is a 401 that names its metadata.
import { send, sendJson } from './http.mjs';

export const MCP_SCOPE = 'mcp:tools';

export class Mcp {
  constructor({ base, oidc }) {
    this.resource = `${base}/mcp`;
    this.metadataUrl = `${base}/.well-known/oauth-protected-resource/mcp`;
    this.issuer = `${base}/oidc`;
    this.oidc = oidc;
  }

  metadata(res) {
    sendJson(res, 200, {
      resource: this.resource, authorization_servers: [this.issuer], scopes_supported: [MCP_SCOPE], bearer_methods_supported: ['header'],
    });
  }

  async handle(req, res) {
    const [, value] = /^Bearer (.+)$/i.exec(req.headers.authorization ?? '') ?? [];
    const token = value && await this.oidc.provider.AccessToken.find(value);
    if (!token || token.isExpired || token.aud !== this.resource) {
      const error = value ? 'error="invalid_token", ' : '';
      send(res, 401, '', { 'WWW-Authenticate': `Bearer ${error}resource_metadata="${this.metadataUrl}", scope="${MCP_SCOPE}"` });
      return;
    }
    sendJson(res, 200, { jsonrpc: '2.0', id: null, result: { account: token.accountId, scope: token.scope } });
  }
}
