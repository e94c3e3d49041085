// The OpenID provider: a real one (oidc-provider) with our own sign-in page, on a path of the same port.
import { randomBytes } from 'node:crypto';
import { Provider, errors } from 'oidc-provider';
import { isLoopbackUrl, readForm, redirect, send } from './http.mjs';
import { MCP_SCOPE } from './mcp.mjs';
import { oidcStorage } from './oidc-storage.mjs';
import { consentPage, foreignFormPage, messagePage } from './pages.mjs';

const SECRET_FIELDS = ['access_token', 'refresh_token', 'id_token', 'device_code', 'registration_access_token', 'client_secret'];
const WANTS = { openid: 'know who you are', profile: 'see your name', email: 'see your email address', offline_access: 'stay signed in', [MCP_SCOPE]: 'use the tools of the service' };

export class Oidc {
  constructor({ base, settings, ledger, people, jwk, saved }) {
    Object.assign(this, { ledger, people, settings });
    this.storage = saved ?? { records: [], cookieKey: randomBytes(24).toString('base64url') };
    this.store = oidcStorage(this.storage.records);
    this.provider = new Provider(`${base}/oidc`, this.#configuration(jwk, `${base}/mcp`));
    this.#letPostroomUseAnyLoopbackUrl();
    this.#noteSecrets();
    this.callback = this.provider.callback();
  }

  toJSON() {
    return { records: this.store.records(), cookieKey: this.storage.cookieKey };
  }

  async handle(req, res, url) {
    const interaction = /^\/oidc\/interaction\/([^/]+)$/.exec(url.pathname);
    // The provider finds out where it is mounted from these two.
    req.originalUrl = req.url;
    if (interaction) {
      await this.#interaction(req, res, interaction[1]);
      return;
    }
    req.url = req.url.slice('/oidc'.length) || '/';
    await this.callback(req, res);
  }

  // The same document where RFC 8414 wants it: /.well-known/oauth-authorization-server/oidc
  async metadata(req, res) {
    req.originalUrl = '/oidc/.well-known/openid-configuration';
    req.url = '/.well-known/openid-configuration';
    await this.callback(req, res);
  }

  #configuration(jwk, service) {
    const { settings, people } = this;
    return {
      adapter: this.store.adapter,
      clients: [{
        client_id: 'postroom', client_name: 'Postroom', application_type: 'native', token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/callback'], response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      }],
      jwks: { keys: [jwk] },
      cookies: { keys: [this.storage.cookieKey] },
      scopes: ['openid', 'offline_access', 'profile', 'email'],
      claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
      pkce: { required: () => true, methods: ['S256'] },
      rotateRefreshToken: true,
      // Without prompt=consent the provider drops offline_access; a native app gets its refresh token all the same.
      issueRefreshToken: (ctx, client) => client.grantTypeAllowed('refresh_token'),
      expiresWithSession: () => false,
      clientDefaults: { grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none' },
      features: {
        devInteractions: { enabled: false },
        deviceFlow: {
          enabled: true,
          userCodeInputSource: (ctx, form, out, error) => {
            if (error?.name === 'AbortedError') {
              ctx.status = 200;
              ownPage(ctx, messagePage('Your device is not connected', 'Nothing was changed. This page can be closed.'));
              return;
            }
            const text = error ? 'This code is not known, was used or has expired. Enter the code shown on your device.' : 'Enter the code shown on your device.';
            ownPage(ctx, foreignFormPage('Connect a device', text, form, '<button class="main" type="submit" form="op.deviceInputForm">Continue</button>'));
          },
          userCodeConfirmSource: (ctx, form, client, info, userCode) => ownPage(ctx, foreignFormPage(
            'Connect a device', `${client.clientName ?? client.clientId} asks to sign in. Go on only if your device shows the code ${userCode}.`, form,
            `<button class="main" type="submit" form="op.deviceConfirmForm" value="allow">Allow</button>
<button type="submit" form="op.deviceConfirmForm" name="abort" value="yes">Do not allow</button>`,
          )),
          successSource: (ctx) => ownPage(ctx, messagePage('Your device is connected', 'Go back to your device. This page can be closed.')),
        },
        registration: { enabled: true },
        registrationManagement: { enabled: true },
        // Tokens for the one service that there is; it is named in every request for them.
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (ctx, resource) => {
            if (resource !== service) throw new errors.InvalidTarget();
            return { scope: MCP_SCOPE, audience: service, accessTokenFormat: 'opaque', accessTokenTTL: settings.accessTtlSeconds };
          },
        },
        revocation: { enabled: true },
        userinfo: { enabled: true },
        rpInitiatedLogout: { enabled: false },
      },
      ttl: {
        AccessToken: () => settings.accessTtlSeconds,
        RefreshToken: () => settings.refreshTtlSeconds,
        DeviceCode: () => settings.deviceExpiresIn,
        AuthorizationCode: 60, IdToken: 3600, Interaction: 3600, Session: 86400, Grant: 31536000,
      },
      interactions: { url: (ctx, interaction) => `/oidc/interaction/${interaction.uid}` },
      renderError: (ctx, out) => ownPage(ctx, messagePage('This did not work', out.error_description ?? out.error)),
      findAccount: (ctx, id) => {
        const person = people.find((one) => one.id === id);
        return person && { accountId: id, claims: () => ({ sub: id, name: person.name, email: person.email, email_verified: true }) };
      },
    };
  }

  #letPostroomUseAnyLoopbackUrl() {
    const { Client } = this.provider;
    const registered = Client.prototype.redirectUriAllowed;
    Client.prototype.redirectUriAllowed = function redirectUriAllowed(value) {
      return (this.clientId === 'postroom' && isLoopbackUrl(value)) || registered.call(this, value);
    };
  }

  #noteSecrets() {
    this.provider.use(async (ctx, next) => {
      await next();
      if (!ctx.body || typeof ctx.body !== 'object') return;
      for (const field of SECRET_FIELDS) this.ledger.secret(`oidc-${field.replace('_token', '')}`, ctx.body[field]);
      if (ctx.body.error === 'invalid_grant' && ctx.oidc?.params?.grant_type === 'refresh_token') {
        const token = ctx.oidc.entities.RefreshToken;
        if (token?.consumed) this.ledger.spentToken('oidc');
      }
    });
  }

  // One page for signing in and consenting, as a person would see it.
  async #interaction(req, res, uid) {
    const details = await this.provider.interactionDetails(req, res).catch(() => null);
    if (!details || details.uid !== uid) {
      const { html, headers } = messagePage('This page is no longer valid', 'Start again from the app.');
      send(res, 400, html, headers);
      return;
    }
    const client = await this.provider.Client.find(details.params.client_id);
    if (req.method === 'GET') {
      const wants = (details.params.scope ?? 'openid').split(' ').map((scope) => WANTS[scope]).filter(Boolean);
      const { html, headers } = consentPage({
        app: client.clientName ?? client.clientId, wants, people: this.people, action: `/oidc/interaction/${uid}`, fields: {},
      });
      send(res, 200, html, headers);
      return;
    }
    const form = await readForm(req);
    const result = form.get('decision') === 'allow'
      ? await this.#allow(details, client, form.get('person'))
      : { error: 'access_denied', error_description: 'The person did not allow it.' };
    redirect(res, 303, await this.provider.interactionResult(req, res, result, { mergeWithLastSubmission: false }));
  }

  async #allow({ params }, client, chosen) {
    const accountId = this.people.find(({ id }) => id === chosen)?.id ?? this.people[0].id;
    const grant = new this.provider.Grant({ accountId, clientId: client.clientId });
    grantAll(grant, params);
    return { login: { accountId }, consent: { grantId: await grant.save() } };
  }

  // What the device page does after "Allow", without the page.
  async decideDevice(userCode, allow, accountId = this.people[0].id) {
    const plain = userCode.toUpperCase().replace(/[^A-Z0-9]/g, '');
    const code = await this.provider.DeviceCode.findByUserCode(plain);
    if (!code || code.error || code.accountId) return false;
    if (allow) {
      const grant = new this.provider.Grant({ accountId, clientId: code.clientId });
      grantAll(grant, code.params);
      Object.assign(code, { accountId, grantId: await grant.save(), scope: code.params.scope, resource: code.params.resource, authTime: Math.floor(Date.now() / 1000), claims: {} });
    } else {
      Object.assign(code, { error: 'access_denied', errorDescription: 'The person did not allow it.' });
    }
    await code.save();
    return true;
  }
}

function grantAll(grant, { scope = 'openid', resource }) {
  grant.addOIDCScope(scope);
  if (resource) grant.addResourceScope(resource, scope);
}

function ownPage(ctx, { html, headers }) {
  ctx.set(headers);
  ctx.body = html;
}
