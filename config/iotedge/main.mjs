// An IoT Edge module that tells the device twin how the board's LTE link is: it reads the status
// file of percept-lte and sends what has changed of reported.mjs. A sample: see docs/monitoring.md.
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import device from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { patchOf, reportedOf, unreadable } from './reported.mjs';

const FILE = process.env.PERCEPT_LTE_STATUS ?? '/run/percept-lte/status.json';
const EVERY_MS = 60_000;

/**
 * The folder is made anew when the service is stopped and started, and a running container keeps the
 * old one. After this many looks in vain the module ends; IoT Edge starts it with the new one.
 */
const LOOKS_IN_VAIN = 5;

const client = await device.ModuleClient.fromEnvironment(Mqtt);
const twin = await client.getTwin();

// What an earlier life has told the twin is not taken for known: it is told once more, in full, and
// what has gone since is taken off.
let told = Object.fromEntries(Object.keys(twin.properties.reported.percept_lte ?? {}).map((name) => [name, '']));
let inVain = 0;

while (inVain < LOOKS_IN_VAIN) {
  const now = await readFile(FILE, 'utf8').then((text) => reportedOf(JSON.parse(text)), failed);
  inVain = now.readable ? 0 : inVain + 1;
  const patch = patchOf(told, now);
  if (patch !== undefined) {
    try {
      await send({ percept_lte: patch });
      told = now;
    } catch (error) {
      // Told with the next look, as it is by then.
      console.error(`the twin was not told: ${error.message}`);
    }
  }
  await setTimeout(EVERY_MS);
}
console.error(`${FILE} cannot be read; ending, to be started with the folder as it is now`);
process.exit(1);

/** A status that is half there or of another version is no reason to end. */
function failed(error) {
  console.error(`${FILE}: ${error.message}`);
  return unreadable;
}

function send(patch) {
  return new Promise((resolve, reject) => {
    twin.properties.reported.update(patch, (error) => (error ? reject(error) : resolve()));
  });
}
