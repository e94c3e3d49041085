// Signing in, staying signed in and being signed out: the cloud, the delegated tokens and the OpenID provider.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import test from 'node:test';
import { consent, limit, sandbox } from './support.mjs';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

// A listener on loopback, as the app has one while it waits for the browser. (fetch cannot be told to use it.)
async function listener(t) {
  const calls = [];
  const server = createServer((req, res) => {
    calls.push(new URL(req.url, 'http://127.0.0.1').searchParams);
    res.setHeader('Content-Type', 'text/plain');
    res.end('done');
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  t.after(() => { server.closeAllConnections?.(); server.close(); });
  return { url: `http://127.0.0.1:${server.address().port}/any/path`, calls };
}

const bearer = (token) => ({ Authorization: `Bearer ${token}` });
const s256 = (verifier) => createHash('sha256').update(verifier).digest('base64url');

test('cloud sign-in by browser, with consent and without', limit, async (t) => {
  const caller = await sandbox(t);
  const { url, calls } = await listener(t);
  const login = `${caller.base}/cloud/api/v1/cli/login?redirect_uri=${encodeURIComponent(url)}&state=s1`;
  const { code, said } = await consent(login);
  assert.deepEqual([code, said], [0, '']);
  const given = Object.fromEntries(calls[0]);
  assert.equal(given.state, 's1');
  assert.equal(given.api_url, `${caller.base}/cloud`);
  assert.ok(Date.parse(given.access_token_expires_at) > Date.now());
  const me = await caller.call('GET', '/cloud/api/v1/auth/whoami', undefined, bearer(given.access_token));
  assert.deepEqual([me.body.email, me.body.organizationName], ['ada@acme.dev', 'Acme']);

  assert.equal((await consent('--deny', login)).code, 0);
  assert.deepEqual([calls[1].get('error'), calls[1].get('state'), calls[1].has('access_token')], ['access_denied', 's1', false]);

  assert.equal((await consent('--person', 'user_bob', login)).code, 0);
  const bobs = await caller.call('GET', '/cloud/api/v1/workspaces', undefined, bearer(calls[2].get('access_token')));
  assert.deepEqual(bobs.body.workspaces.map(({ slug }) => slug), ['ops-desk']);
});

test('the sign-in page is strict about where it leads and is never cached', limit, async (t) => {
  const caller = await sandbox(t);
  const away = await caller.call('GET', '/cloud/api/v1/cli/login?redirect_uri=https://example.org/&state=x');
  assert.equal(away.status, 400);
  const page = await caller.call('GET', '/cloud/api/v1/cli/login?redirect_uri=http://127.0.0.1:1/callback&state=x');
  assert.match(page.headers.get('content-security-policy'), /default-src 'none'/);
  assert.equal(page.headers.get('cache-control'), 'no-store');
  assert.match(page.body, /Ada Lovelace/);
});

test('a refresh token works once', limit, async (t) => {
  const caller = await sandbox(t);
  const first = await caller.admin('POST', '/session', {});
  const refresh = (refreshToken) => caller.call('POST', '/cloud/api/v1/auth/token/refresh', { refreshToken });
  const second = await refresh(first.refreshToken);
  assert.equal(second.status, 200);
  assert.notEqual(second.body.refreshToken, first.refreshToken);
  const spent = await refresh(first.refreshToken);
  assert.deepEqual([spent.status, spent.body.code], [401, 'invalid_grant']);
  assert.equal((await caller.admin('GET', '/requests')).spentRefreshTokens.cloud, 1);
  assert.equal((await refresh(second.body.refreshToken)).status, 200);

  await caller.admin('POST', '/revoke', { what: 'cloud-sessions' });
  assert.equal((await caller.call('GET', '/cloud/api/v1/auth/whoami', undefined, bearer(second.body.accessToken))).status, 401);
});

test('signing out ends the session', limit, async (t) => {
  const caller = await sandbox(t);
  const { accessToken, refreshToken } = await caller.admin('POST', '/session', {});
  assert.equal((await caller.call('POST', '/cloud/api/v1/auth/token/revoke', { token: refreshToken })).status, 200);
  assert.equal((await caller.call('GET', '/cloud/api/v1/workspaces', undefined, bearer(accessToken))).status, 401);
});

test('cloud device flow', limit, async (t) => {
  const caller = await sandbox(t);
  await caller.admin('POST', '/settings', { deviceInterval: 0 });
  const start = async () => (await caller.call('POST', '/cloud/api/v1/auth/device/start', { client_name: 'Postroom' })).body;
  const poll = (code) => caller.call('POST', '/cloud/api/v1/auth/device/token', { grant_type: DEVICE, device_code: code });

  const one = await start();
  assert.equal((await poll(one.device_code)).body.error, 'authorization_pending');
  assert.equal((await consent(one.verification_uri_complete)).code, 0);
  const pair = (await poll(one.device_code)).body;
  assert.ok(pair.access_token && pair.refresh_token && pair.access_token_expires_at);
  assert.equal((await poll(one.device_code)).body.error, 'invalid_grant');

  const two = await start();
  await caller.admin('POST', '/device/deny', { userCode: two.user_code });
  assert.equal((await poll(two.device_code)).body.error, 'access_denied');

  await caller.admin('POST', '/settings', { deviceInterval: 30 });
  const three = await start();
  await poll(three.device_code);
  assert.equal((await poll(three.device_code)).body.error, 'slow_down');
  await caller.admin('POST', '/settings', { deviceExpiresIn: 0 });
  assert.equal((await poll((await start()).device_code)).body.error, 'expired_token');
  await caller.admin('POST', '/settings', { cliTokensAllowDevice: false });
  assert.equal((await caller.call('POST', '/cloud/api/v1/auth/device/start', {})).status, 404);
});

test('a delegated bundle opens the data plane, rotates and can be withdrawn', limit, async (t) => {
  const caller = await sandbox(t);
  const { accessToken } = await caller.admin('POST', '/session', {});
  const mint = (body, id = 'cw_research') => caller.call('POST', `/cloud/api/v1/workspaces/${id}/relayfile/delegated-token`, body, bearer(accessToken));
  const { body: bundle } = await mint({ agentName: 'postroom', scopes: ['fs:write:/github/**', 'ops:read'] });
  assert.deepEqual(bundle.relayfileScopes, ['relayfile:fs:write:/github/**', 'ops:read']);
  const head = { ...bearer(bundle.accessToken), 'X-Correlation-Id': 'c', 'If-Match': '*' };
  const put = (path) => caller.call('PUT', `/v1/workspaces/${bundle.relayfileWorkspaceId}/fs/file?path=${path}`, { content: 'x' }, head);
  assert.equal((await put('/github/x.md')).status, 202);
  assert.equal((await put('/notion/x.md')).status, 403);

  const refresh = (refreshToken) => caller.call('POST', bundle.refreshUrl, { refreshToken });
  const next = await refresh(bundle.refreshToken);
  assert.equal(next.status, 200);
  assert.equal((await refresh(bundle.refreshToken)).body.code, 'invalid_refresh_token');
  await caller.admin('POST', '/settings', { delegatedRefreshError: 'delegation_expired' });
  assert.equal((await refresh(next.body.refreshToken)).body.code, 'delegation_expired');
  await caller.admin('POST', '/settings', { delegatedRefreshError: null });
  await caller.admin('POST', '/revoke', { what: 'delegations' });
  assert.equal((await refresh(next.body.refreshToken)).body.code, 'workspace_token_revoked');

  assert.equal((await mint({ scopes: ['nonsense'] })).body.code, 'invalid_scope');
  assert.equal((await mint({ scopes: ['fs:read'] }, 'cw_none')).status, 404);
  for (const [code, status] of [['needs_reauth', 401], ['scope_insufficient', 403], ['relayauth_unavailable', 503]]) {
    await caller.admin('POST', '/settings', { mintError: code });
    const answer = await mint({ scopes: ['fs:read'] });
    assert.deepEqual([answer.status, answer.body.code], [status, code]);
  }
});

test('OpenID code flow with PKCE, rotation and reuse', limit, async (t) => {
  const caller = await sandbox(t);
  const { url, calls } = await listener(t);
  const { body: metadata } = await caller.call('GET', '/.well-known/oauth-authorization-server/oidc');
  assert.equal(metadata.issuer, `${caller.base}/oidc`);
  assert.equal(metadata.authorization_response_iss_parameter_supported, true);
  const verifier = randomBytes(32).toString('base64url');
  const ask = new URLSearchParams({
    client_id: 'postroom', response_type: 'code', redirect_uri: url, scope: 'openid email offline_access', prompt: 'consent',
    state: 's', code_challenge: s256(verifier), code_challenge_method: 'S256',
  });
  const { code, said } = await consent(`${metadata.authorization_endpoint}?${ask}`);
  assert.deepEqual([code, said], [0, '']);
  assert.deepEqual([calls[0].get('state'), calls[0].get('iss')], ['s', metadata.issuer]);
  const token = (fields) => caller.form(metadata.token_endpoint, { client_id: 'postroom', ...fields });
  const exchange = { grant_type: 'authorization_code', code: calls[0].get('code'), redirect_uri: url };
  const first = await token({ ...exchange, code_verifier: verifier });
  assert.equal(first.status, 200, JSON.stringify(first.body));
  const me = await caller.call('GET', metadata.userinfo_endpoint, undefined, bearer(first.body.access_token));
  assert.deepEqual([me.body.sub, me.body.email], ['user_ada', 'ada@acme.dev']);

  const refresh = (refresh_token) => token({ grant_type: 'refresh_token', refresh_token });
  const second = await refresh(first.body.refresh_token);
  assert.equal(second.status, 200);
  assert.notEqual(second.body.refresh_token, first.body.refresh_token);
  const reused = await refresh(first.body.refresh_token);
  assert.deepEqual([reused.status, reused.body.error], [400, 'invalid_grant']);
  assert.equal((await caller.admin('GET', '/requests')).spentRefreshTokens.oidc, 1);

  assert.equal((await consent('--deny', `${metadata.authorization_endpoint}?${ask}`)).code, 0);
  assert.equal(calls[1].get('error'), 'access_denied');
  ask.delete('code_challenge');
  await consent(`${metadata.authorization_endpoint}?${ask}`);
  assert.equal(calls[2].get('error'), 'invalid_request');
});

test('OpenID device flow, by page and by switch; registration and revocation', limit, async (t) => {
  const caller = await sandbox(t);
  const { body: metadata } = await caller.call('GET', '/oidc/.well-known/openid-configuration');
  const start = async () => (await caller.form(metadata.device_authorization_endpoint, { client_id: 'postroom', scope: 'openid offline_access' })).body;
  const poll = (device_code) => caller.form(metadata.token_endpoint, { client_id: 'postroom', grant_type: DEVICE, device_code });
  for (const decide of [
    ({ verification_uri_complete: url }) => consent(url).then(({ code, said }) => assert.deepEqual([code, said], [0, ''])),
    ({ user_code: userCode }) => caller.admin('POST', '/device/approve', { userCode }),
  ]) {
    const device = await start();
    assert.equal((await poll(device.device_code)).body.error, 'authorization_pending');
    await decide(device);
    const { body } = await poll(device.device_code);
    assert.ok(body.refresh_token, JSON.stringify(body));
    assert.equal((await caller.form(metadata.revocation_endpoint, { client_id: 'postroom', token: body.refresh_token })).status, 200);
    const after = await caller.form(metadata.token_endpoint, { client_id: 'postroom', grant_type: 'refresh_token', refresh_token: body.refresh_token });
    assert.equal(after.body.error, 'invalid_grant');
  }
  const denied = await start();
  assert.equal((await consent('--deny', denied.verification_uri_complete)).code, 0);
  assert.equal((await poll(denied.device_code)).body.error, 'access_denied');

  const registered = await caller.call('POST', metadata.registration_endpoint, {
    application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'], token_endpoint_auth_method: 'none', client_name: 'Other',
  }, { 'Content-Type': 'application/json' });
  assert.equal(registered.status, 201, JSON.stringify(registered.body));
  assert.ok(registered.body.client_id);
});

test('every secret that was handed out is on the list, and none is in the request log', limit, async (t) => {
  const caller = await sandbox(t);
  const pair = await caller.admin('POST', '/session', {});
  const token = await caller.token('rw_research');
  await caller.call('GET', `/v1/workspaces/rw_research/fs/ws?token=${token}`);
  const { secrets } = await caller.admin('GET', '/secrets');
  const values = secrets.map(({ value }) => value);
  for (const secret of [pair.accessToken, pair.refreshToken, token]) assert.ok(values.includes(secret));
  const log = JSON.stringify(await caller.admin('GET', '/requests'));
  assert.ok(!values.some((value) => log.includes(value)));
});
