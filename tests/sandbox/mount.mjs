#!/usr/bin/env node
// Runs the real mount daemon (relayfile-mount) on a mirror folder with everything private in one folder of its own.
// Used by the tests and the demo; the command line it builds is the one that other programs should build.
//
//   mount.mjs --creds FILE --workspace rw_… --base URL --mirror DIR --home DIR [--interval 2s]
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

export const daemonBinary = process.platform === 'linux' && process.arch === 'x64'
  ? createRequire(import.meta.url).resolve('@relayfile/mount-linux-x64/bin/relayfile-mount') : null;

// home holds the private state and the lease; nothing outside of home and mirror is touched.
export function daemonCommand({ base, workspace, mirror, credsFile, home, interval = '2s', extra = [] }) {
  return {
    program: daemonBinary,
    args: [
      '--base-url', base, '--workspace', workspace, '--local-dir', mirror, '--creds-file', credsFile,
      '--state-dir', join(home, 'state'), '--interval', interval, '--log-http-status', ...extra,
    ],
    env: { PATH: process.env.PATH ?? '', HOME: home, XDG_CACHE_HOME: join(home, 'cache'), TMPDIR: home },
  };
}

export function startDaemon(options) {
  for (const dir of [options.mirror, options.home]) mkdirSync(dir, { recursive: true });
  const { program, args, env } = daemonCommand(options);
  return spawn(program, args, { env, stdio: options.stdio ?? ['ignore', 'pipe', 'pipe'] });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = { type: 'string' };
  const { values } = parseArgs({ options: { creds: text, workspace: text, base: text, mirror: text, home: text, interval: text } });
  const { creds: credsFile, interval = '2s', ...rest } = values;
  if (!credsFile || !rest.workspace || !rest.base || !rest.mirror || !rest.home) {
    console.error('usage: mount.mjs --creds FILE --workspace ID --base URL --mirror DIR --home DIR [--interval 2s]');
    process.exit(2);
  }
  const daemon = startDaemon({ ...rest, credsFile, interval, stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => daemon.kill(signal));
  daemon.on('exit', (code) => process.exit(code ?? 1));
}
