// The cloud's sign-in: by browser with the tokens in the answer's query, by device code, refresh and sign-out.
import { randomBytes } from 'node:crypto';
import { HttpError, isLoopbackUrl, readForm, readJson, redirect, send, sendJson } from './http.mjs';
import { consentPage, deviceCodePage, deviceConsentPage, messagePage } from './pages.mjs';
import { Sessions, iso } from './sessions.mjs';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const WANTS = ['see who you are', 'see and use your workspaces'];
const CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';

const reject = (status, code, error) => new HttpError(status, code, error);

export class CloudAuth {
  constructor({ base, settings, ledger, people, saved }) {
    Object.assign(this, { base, settings, ledger, people });
    this.sessions = new Sessions({ name: 'cloud', ledger, saved: saved?.sessions });
    this.access = new Map(saved?.access ?? []);
    this.devices = new Map(saved?.devices ?? []);
    this.tickets = new Map();
    this.routes = {
      'GET /api/v1/cli/login': this.loginPage,
      'POST /api/v1/cli/login': this.loginDecision,
      'GET /cli/auth-result': this.resultPage,
      'POST /api/v1/auth/device/start': this.deviceStart,
      'POST /api/v1/auth/device/token': this.deviceToken,
      'GET /device': this.devicePage,
      'POST /device': this.deviceDecision,
      'POST /api/v1/auth/token/refresh': this.refresh,
      'POST /api/v1/auth/token/revoke': this.revoke,
    };
  }

  toJSON() {
    return { sessions: this.sessions, access: [...this.access], devices: [...this.devices] };
  }

  handler(method, path) {
    return this.routes[`${method} ${path}`]?.bind(this);
  }

  // The person behind the bearer of a request.
  person(req) {
    const token = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1];
    const entry = token && this.access.get(token);
    if (!entry) throw reject(401, 'unauthorized', 'Sign in to go on.');
    const session = this.sessions.sessions.get(entry.session);
    if (!session || session.revoked || Date.now() >= entry.expiresAt) {
      throw reject(401, 'unauthorized', 'This sign-in is no longer valid.');
    }
    return this.people.find((person) => person.id === session.person);
  }

  issue(session) {
    const accessToken = `cloud_at_${randomBytes(24).toString('base64url')}`;
    const expiresAt = Date.now() + this.settings.accessTtlSeconds * 1000;
    this.access.set(accessToken, { session: session.id, expiresAt });
    this.ledger.secret('cloud-access', accessToken);
    const refreshToken = this.sessions.rotate(session, this.settings.refreshTtlSeconds);
    return { accessToken, refreshToken, accessTokenExpiresAt: iso(expiresAt), refreshTokenExpiresAt: iso(session.refreshExpiresAt) };
  }

  signIn(person) {
    return this.issue(this.sessions.create({ person }));
  }

  // --- by browser

  loginPage({ query, res }) {
    const redirectUri = query.get('redirect_uri') ?? '';
    if (!isLoopbackUrl(redirectUri)) throw reject(400, 'invalid_redirect_uri', 'redirect_uri must lead to this computer.');
    const { html, headers } = consentPage({
      app: 'Postroom', wants: WANTS, people: this.people, action: `${this.base}/cloud/api/v1/cli/login`,
      fields: { ticket: this.#ticket({ redirectUri, state: query.get('state') ?? '' }) },
    });
    send(res, 200, html, headers);
  }

  async loginDecision({ req, res }) {
    const form = await readForm(req);
    const ticket = this.#takeTicket(form);
    const target = new URL(ticket.redirectUri);
    if (form.get('decision') === 'allow') {
      const pair = this.signIn(this.#chosen(form));
      target.searchParams.set('access_token', pair.accessToken);
      target.searchParams.set('refresh_token', pair.refreshToken);
      target.searchParams.set('access_token_expires_at', pair.accessTokenExpiresAt);
      target.searchParams.set('refresh_token_expires_at', pair.refreshTokenExpiresAt);
      target.searchParams.set('api_url', `${this.base}/cloud`);
    } else {
      target.searchParams.set('error', 'access_denied');
    }
    target.searchParams.set('state', ticket.state);
    redirect(res, 302, target.href);
  }

  resultPage({ query, res }) {
    const good = query.get('status') === 'success';
    const { html, headers } = messagePage(
      good ? 'You are signed in' : 'You are not signed in',
      good ? 'Go back to the app. This page can be closed.' : `Go back to the app to try again. ${query.get('detail') ?? ''}`,
    );
    send(res, 200, html, headers);
  }

  #ticket(value) {
    const ticket = randomBytes(16).toString('base64url');
    this.tickets.set(ticket, value);
    return ticket;
  }

  #takeTicket(form) {
    const value = this.tickets.get(form.get('ticket'));
    if (!value) throw reject(400, 'invalid_request', 'This page is no longer valid. Start again from the app.');
    this.tickets.delete(form.get('ticket'));
    return value;
  }

  #chosen(form) {
    const person = this.people.find(({ id }) => id === form.get('person'));
    return (person ?? this.people[0]).id;
  }

  // --- by device code

  async deviceStart({ req, res }) {
    if (!this.settings.cliTokensAllowDevice) throw reject(404, 'not_found', 'Not found.');
    const { client_name: app } = await readJson(req, this.settings.maxBodyBytes, { allowEmpty: true });
    const deviceCode = this.ledger.secret('cloud-device', `cloud_dc_${randomBytes(24).toString('base64url')}`);
    const letters = [...randomBytes(8)].map((byte) => CODE_LETTERS[byte % CODE_LETTERS.length]).join('');
    const userCode = `${letters.slice(0, 4)}-${letters.slice(4)}`;
    const { deviceExpiresIn, deviceInterval } = this.settings;
    this.devices.set(deviceCode, {
      userCode, app: app || 'A device', status: 'pending', expiresAt: Date.now() + deviceExpiresIn * 1000, interval: deviceInterval, polledAt: 0,
    });
    sendJson(res, 200, {
      device_code: deviceCode, user_code: userCode, verification_uri: `${this.base}/cloud/device`,
      verification_uri_complete: `${this.base}/cloud/device?user_code=${userCode}`, expires_in: deviceExpiresIn, interval: deviceInterval,
    });
  }

  async deviceToken({ req, res }) {
    const body = await readJson(req, this.settings.maxBodyBytes);
    const fail = (error, description) => sendJson(res, 400, { error, error_description: description });
    if (body.grant_type !== DEVICE_GRANT) return fail('unsupported_grant_type', 'This is for device codes only.');
    const device = this.devices.get(body.device_code);
    if (!device) return fail('invalid_grant', 'The device code is not known.');
    if (Date.now() >= device.expiresAt) return fail('expired_token', 'The device code has expired.');
    if (device.status === 'denied') return fail('access_denied', 'The request was denied.');
    if (device.status === 'approved') {
      this.devices.delete(body.device_code);
      const pair = this.signIn(device.person);
      return sendJson(res, 200, {
        access_token: pair.accessToken, refresh_token: pair.refreshToken, access_token_expires_at: pair.accessTokenExpiresAt,
        refresh_token_expires_at: pair.refreshTokenExpiresAt, api_url: `${this.base}/cloud`,
      });
    }
    const early = Date.now() - device.polledAt < device.interval * 1000 - 100;
    device.polledAt = Date.now();
    if (!early) return fail('authorization_pending', 'Waiting for the person.');
    device.interval += 5;
    return fail('slow_down', 'Ask less often.');
  }

  devicePage({ query, res }) {
    const typed = query.get('user_code');
    const device = typed && this.findDevice(typed);
    const action = `${this.base}/cloud/device`;
    const { html, headers } = device
      ? deviceConsentPage({ app: device.app, userCode: device.userCode, people: this.people, action, fields: { ticket: this.#ticket({ userCode: device.userCode }) } })
      : deviceCodePage({ action, userCode: typed ?? '', problem: typed ? 'This code is not known or has expired.' : '' });
    send(res, 200, html, headers);
  }

  async deviceDecision({ req, res }) {
    const form = await readForm(req);
    const { userCode } = this.#takeTicket(form);
    const allow = form.get('decision') === 'allow';
    const found = this.decideDevice(userCode, allow, this.#chosen(form));
    const { html, headers } = !found ? messagePage('Too late', 'This code has expired or was used. Start again on your device.')
      : allow ? messagePage('Your device is connected', 'Go back to your device. This page can be closed.')
        : messagePage('Your device is not connected', 'Nothing was changed. This page can be closed.');
    send(res, found ? 200 : 400, html, headers);
  }

  findDevice(typed) {
    const plain = (code) => code.toUpperCase().replace(/[^A-Z]/g, '');
    return [...this.devices.values()].find((device) => device.status === 'pending' && Date.now() < device.expiresAt
      && plain(device.userCode) === plain(typed));
  }

  decideDevice(userCode, allow, person = this.people[0].id) {
    const device = this.findDevice(userCode);
    if (!device) return false;
    Object.assign(device, { status: allow ? 'approved' : 'denied', person });
    return true;
  }

  // --- afterwards

  async refresh({ req, res }) {
    const { refreshToken } = await readJson(req, this.settings.maxBodyBytes);
    const { session, reason } = this.sessions.redeem(refreshToken);
    if (reason) {
      sendJson(res, 401, { error: 'invalid_grant', code: 'invalid_grant', message: `The refresh token is ${reason}.` });
      return;
    }
    sendJson(res, 200, { apiUrl: `${this.base}/cloud`, ...this.issue(session) });
  }

  async revoke({ req, res }) {
    const { token } = await readJson(req, this.settings.maxBodyBytes);
    this.sessions.revoke(token);
    sendJson(res, 200, { revoked: true });
  }
}
