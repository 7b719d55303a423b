// What `percept-lte doctor` looks at, from the plug to the ping: what each line says when it is not
// well. Where the finder knows more, its words go before these. Data.
import { worded } from './entry.ts';

/** What puts right most of what the daemon does. */
export const START = 'systemctl start percept-lte; then: percept-lte why';

export const STEPS = {
  configuration: worded(
    'fail',
    '/etc/percept-lte.yaml cannot be used',
    'correct it (percept-lte check lists what is wrong), then: systemctl reload percept-lte',
  ),
  // The daemon looks at it as well, at each reload.
  'configuration-writable': worded(
    'warn',
    '/etc/percept-lte.yaml may be written by others: whoever writes it says where this board connects, from the next reload on',
    'chmod go-w /etc/percept-lte.yaml, then: systemctl reload percept-lte',
  ),
  'usb-modem': worded(
    'fail',
    'there is none on the USB',
    'check that it is plugged in, and its power: a 5G modem needs 3 A, a cable under 1 m and a port that no other one shares',
  ),
  'usb-driver': worded(
    'fail',
    'FIH7160 (1bc7:0036) at USB 3-1.1 offers MBIM, but the driver cdc_mbim does not have it',
    'modprobe cdc_mbim',
  ),
  'usb-mode': worded(
    'fail',
    'FIH7160 (1bc7:0036) at USB 3-1.1 is in neither MBIM nor QMI mode',
    'percept-lte prepare --to mbim; the line names the AT commands, where they are known',
  ),
  'system-bus': worded('fail', 'there is none, or it does not answer', 'check `systemctl status dbus`'),
  'modem-manager': worded('fail', 'is not running', 'systemctl enable --now ModemManager', {
    dependsOn: ['system-bus'],
  }),
  'modem-manager-options': worded(
    'warn',
    'runs with --debug, which writes the PIN and everything else to the journal',
    'take --debug out of its unit when the hunt is over',
  ),
  'modem-manager-unit': worded(
    'warn',
    'Restart=on-abort: systemd leaves it down after some of its faults',
    'systemctl edit ModemManager: [Service], Restart=always, RestartSec=1',
  ),
  'ip-tool': worded('fail', 'is not installed', 'install the package iproute2'),
  'ping-tool': worded('warn', 'is not installed: icmp targets cannot be probed', 'install iputils'),
  modem: worded(
    'fail',
    'ModemManager shows none',
    'wait a minute after it was plugged in, or until whoever holds it is done (fwupd, mmcli --inhibit-device); then: journalctl -u ModemManager, mmcli --scan-modems',
    { dependsOn: ['system-bus', 'modem-manager', 'usb-modem', 'usb-driver', 'usb-mode'] },
  ),
  sim: worded('fail', 'the modem has failed: sim-missing', 'put a SIM in, or reseat it', { dependsOn: ['modem'] }),
  'modem-state': worded('fail', 'is disabled', START, { dependsOn: ['sim'] }),
  'modem-busy': worded('warn', 'is initializing', 'wait a minute and look again', { dependsOn: ['sim'] }),
  registration: worded(
    'fail',
    'waiting for the modem to register with a network (searching, signal 0 %)',
    'check the antenna, and whether the SIM is active',
    { dependsOn: ['modem-state'] },
  ),
  bearer: worded('fail', 'the modem is not connected', START, { dependsOn: ['registration'] }),
  interface: worded('fail', 'wwan0 is not there', 'ip link; percept-lte why'),
  'interface-driver': worded(
    'warn',
    'wwan0 has the address ff:ff:ff:ff:ff:ff: it is driven as NCM, not as MBIM',
    'echo "options cdc_ncm prefer_mbim=Y" > /etc/modprobe.d/percept-lte.conf, then plug the modem in again',
  ),
  address: worded('fail', 'wwan0 lacks 100.112.107.46/24, which the bearer has', START, {
    dependsOn: ['bearer', 'interface'],
  }),
  'default-route': worded('fail', 'none through wwan0', START, { dependsOn: ['address'] }),
  traffic: worded('warn', '198.51.100.53 answers no ping through wwan0', `${START}. Some carriers answer no ping`, {
    dependsOn: ['default-route', 'probe-forbidden', 'probe-diverted', 'answers-dropped', 'bridge-port', 'not-through'],
  }),
  // The daemon looks for them as well, and warns of it.
  'other-managers': worded(
    'fail',
    'NetworkManager manages cdc-wdm0 and has a connection of its own on it: two would fight over it',
    'have it leave the modem alone; the line names the command',
  ),
  leftovers: worded(
    'warn',
    'an earlier run left routes behind (2)',
    'systemctl start percept-lte takes over what is left; systemctl stop percept-lte then removes it',
  ),
  service: worded('warn', 'is not running', 'systemctl enable --now percept-lte'),
} as const;
