// The dialogue with a modem about its mode, where its port fails in the middle.
import { expect, test } from 'vitest';
import { changeToMbim, findAtPort } from '../../../src/cli/prepare/composition.ts';
import { AtError, type AtPort, type AtTrouble } from '../../../src/modem/at/port.ts';
import { modeSwitchOf } from '../../../src/modem/into-mbim.ts';

const { signal } = new AbortController();
const OK = { ok: true, result: 'OK', lines: [] };

/** A port that answers by command, with an error or by what is to be thrown; what it was told. */
function port(answers: Readonly<Record<string, string | Error>> = {}, path = '/dev/ttyACM0') {
  const heard: string[] = [];
  const scripted: AtPort = {
    path,
    ask: (command) => {
      heard.push(command);
      const answer = answers[command] ?? 'OK';
      if (typeof answer !== 'string') return Promise.reject(answer);
      return Promise.resolve(
        answer === 'ERROR'
          ? { ok: false, result: 'ERROR', lines: [] }
          : { ...OK, lines: answer === 'OK' ? [] : [answer] },
      );
    },
    close: () => {
      heard.push('closed');
      return Promise.resolve();
    },
  };
  return { scripted, heard };
}

const trouble = (kind: AtTrouble) => new AtError(kind, `/dev/ttyACM0: ${kind}`);

test('a port that cannot be opened is passed over for the next, and told where there is none', async () => {
  const good = port({}, '/dev/ttyACM3');
  const open = (path: string) =>
    path === '/dev/ttyACM0' ? Promise.reject(trouble('closed')) : Promise.resolve(good.scripted);
  expect(await findAtPort(['/dev/ttyACM0', '/dev/ttyACM3'], open, signal)).toBe(good.scripted);
  await expect(findAtPort(['/dev/ttyACM0'], open, signal)).rejects.toThrow('no port answers AT: /dev/ttyACM0: closed');
});

test('a modem without a serial port is told which drivers make one', async () => {
  const open = () => Promise.reject(trouble('closed'));
  await expect(findAtPort([], open, signal)).rejects.toMatchObject({
    message: 'the modem has no serial port',
    remedy: expect.stringContaining('modprobe option'),
  });
});

test('a port that goes away is not asked a second time, one that refuses is', async () => {
  const gone = port({ AT: trouble('gone') });
  await expect(findAtPort(['x'], () => Promise.resolve(gone.scripted), signal)).rejects.toThrow('does not answer AT');
  expect(gone.heard).toEqual(['AT', 'closed']);
  const refusing = port({ AT: 'ERROR' });
  await expect(findAtPort(['x'], () => Promise.resolve(refusing.scripted), signal)).rejects.toThrow();
  expect(refusing.heard).toEqual(['AT', 'AT', 'closed']);
});

test('a Ctrl-C while a port is asked closes it', async () => {
  const interrupted = port({ AT: new Error('interrupted') });
  await expect(findAtPort(['x'], () => Promise.resolve(interrupted.scripted), signal)).rejects.toThrow('interrupted');
  expect(interrupted.heard).toEqual(['AT', 'closed']);
  const open = () => Promise.reject(new TypeError('a bug'));
  await expect(findAtPort(['x'], open, signal)).rejects.toThrow('a bug');
});

/** What is known of a modem in the wrong mode. */
function composition(vendor: string, model: string, mode: string) {
  const row = modeSwitchOf(vendor, model);
  if (row === undefined) throw new Error(`no row for ${model}`);
  return { model, row, mode };
}
const telit = composition('1bc7', 'FIH7160', '0');
const simcom = composition('1e0e', 'SIMCOM_SIM7600E-H', '9011');

test('a modem that is silent after the new mode was sent may have taken it: that is said', async () => {
  const { scripted, heard } = port({ 'AT#USBCFG=3': trouble('silent') });
  await expect(changeToMbim(scripted, telit)).rejects.toMatchObject({
    message: '/dev/ttyACM0: silent; whether it took the new mode is not known',
    remedy: 'see the mode with: percept-lte prepare',
  });
  expect(heard).not.toContain('AT#REBOOT');
});

test('one that restarts by itself may be gone before it has answered; another one may not', async () => {
  const set = 'AT+CUSBPIDSWITCH=9003,1,1';
  expect(await changeToMbim(port({ [set]: trouble('gone') }).scripted, simcom)).toBeUndefined();
  await expect(changeToMbim(port({ [set]: trouble('silent') }).scripted, simcom)).rejects.toThrow('is not known');
  await expect(changeToMbim(port({ 'AT#USBCFG=3': trouble('gone') }).scripted, telit)).rejects.toThrow('is not known');
});

test('one that goes while it is told to restart is on its way', async () => {
  const stored = { 'AT#USBCFG?': '#USBCFG: 3' };
  expect(await changeToMbim(port({ ...stored, 'AT#REBOOT': trouble('gone') }).scripted, telit)).toBeUndefined();
  const bug = port({ ...stored, 'AT#REBOOT': new TypeError('a bug') });
  await expect(changeToMbim(bug.scripted, telit)).rejects.toThrow('a bug');
  const early = port({ 'AT#USBCFG=3': new TypeError('a bug') });
  await expect(changeToMbim(early.scripted, telit)).rejects.toThrow('a bug');
});
