// Mints a bundle for the demo's mount daemon from the sandbox and writes it, for the person alone to read.
//   node demo-bundle.mjs ADMIN_URL CLOUD_URL CLOUD_WORKSPACE_ID FILE
import { writeFileSync } from 'node:fs';

const [admin, cloud, workspace, file] = process.argv.slice(2);

async function post(url, body, headers = {}) {
  const response = await fetch(url, {
    method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers },
  });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

const { accessToken } = await post(`${admin}/session`, {});
const bundle = await post(`${cloud}/api/v1/workspaces/${workspace}/relayfile/delegated-token`, {
  agentName: 'demo-mount', scopes: ['fs:read', 'fs:write', 'ops:read', 'sync:read', 'sync:trigger'],
}, { Authorization: `Bearer ${accessToken}` });
writeFileSync(file, JSON.stringify(bundle), { mode: 0o600 });
