// A thread beside the tests: when what it was told last does not end in time, it says so and ends the process.
import { writeSync } from 'node:fs';
import { parentPort, workerData as file } from 'node:worker_threads';

let timer;
parentPort.on('message', ({ what, ms }) => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    writeSync(2, `${file}: ${what} did not end within ${ms / 1000} s\n`);
    process.kill(process.pid, 'SIGKILL');
  }, ms);
});
