#!/usr/bin/env node
// Starts the sandbox and says in one line of JSON where it listens. Ends on SIGTERM, SIGINT or, if asked, with its parent.
import { parseArgs } from 'node:util';
import { startSandbox } from './lib/sandbox.mjs';

const USAGE = 'usage: main.mjs [--port N] [--state FILE] [--seed demo|empty] [--quiet] [--exit-with-parent]';

function options() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '0' },
        state: { type: 'string' },
        seed: { type: 'string', default: 'demo' },
        quiet: { type: 'boolean', default: false },
        'exit-with-parent': { type: 'boolean', default: false },
      },
    });
    if (!/^\d{1,5}$/.test(values.port) || !['demo', 'empty'].includes(values.seed)) throw new Error('wrong value');
    return values;
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

const { port, state, seed, quiet, 'exit-with-parent': exitWithParent } = options();
const log = quiet ? () => {} : (line) => process.stderr.write(`${line}\n`);
// Stdout is for the one line only; libraries that like to talk go to the log.
console.log = log;
console.info = log;
console.warn = log;

const sandbox = await startSandbox({ port: Number(port), stateFile: state, seedName: seed, log }).catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});

let stopping = false;
async function stop() {
  if (stopping) return;
  stopping = true;
  await sandbox.close();
  process.exit(0);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
if (exitWithParent) process.stdin.on('end', stop).on('error', stop).resume();

process.stdout.write(`${JSON.stringify(sandbox.addresses)}\n`);
