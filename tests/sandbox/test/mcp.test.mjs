// The service that says where its tokens come from, and clients that register themselves.
import assert from 'node:assert/strict';
import test from 'node:test';
import { limit, sandbox } from './support.mjs';

test('without a token the service names its metadata, and this the provider', limit, async (t) => {
  const caller = await sandbox(t);
  const refused = await caller.call('POST', '/mcp', {});
  assert.equal(refused.status, 401);
  const [, address] = /resource_metadata="([^"]+)"/.exec(refused.headers.get('www-authenticate'));
  const metadata = await caller.call('GET', address);
  assert.equal(metadata.body.resource, `${caller.base}/mcp`);
  assert.deepEqual(metadata.body.authorization_servers, [`${caller.base}/oidc`]);
  const wrong = await caller.call('GET', '/mcp', undefined, { Authorization: 'Bearer nothing' });
  assert.match(wrong.headers.get('www-authenticate'), /error="invalid_token"/);
});

test('a client registers, is read and is removed', limit, async (t) => {
  const caller = await sandbox(t);
  const { body: provider } = await caller.call('GET', '/.well-known/oauth-authorization-server/oidc');
  assert.ok(provider.code_challenge_methods_supported.includes('S256'));
  const made = await caller.call('POST', provider.registration_endpoint, {
    application_type: 'native', redirect_uris: ['http://127.0.0.1:5/callback'], grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'], token_endpoint_auth_method: 'client_secret_basic',
  }, { 'Content-Type': 'application/json' });
  assert.equal(made.status, 201);
  const { registration_client_uri: uri, registration_access_token: token, client_secret: secret } = made.body;
  assert.ok(secret);
  const asked = (method) => caller.call(method, uri, undefined, { Authorization: `Bearer ${token}` });
  assert.equal((await asked('GET')).body.client_id, made.body.client_id);
  assert.equal((await asked('DELETE')).status, 204);
  assert.equal((await asked('GET')).status, 401);
});
