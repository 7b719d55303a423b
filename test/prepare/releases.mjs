// @ts-check
// What comes from other Debian releases than the machine's own: unpacked into the cache folder, run
// in a chroot, never installed. Each is one version, since its behaviour is what is tested; when
// the archive has moved on it is left out.

/**
 * @typedef {object} Release
 * @property {string} name what it is, for people
 * @property {string} version what its program says of itself
 * @property {string} folder below the cache folder
 * @property {string} program relative to the folder
 * @property {readonly string[]} packages
 * @property {readonly [suite: string, ...more: string[]]} suites the last one's packages are
 * preferred
 */

/**
 * ModemManager: the board's own (Debian 11), then what followed. @type {(version: string,
 * ...suites: [string, ...string[]]) => Release}
 */
const modemManager = (version, ...suites) => ({
  name: 'ModemManager',
  version,
  folder: `modemmanager-${version}`,
  program: 'usr/sbin/ModemManager',
  packages: ['modemmanager'],
  suites,
});

export const modemManagerVersions = /** @type {const} */ (['1.14.12', '1.20.4', '1.24.0', '1.24.2', '1.25.95']);

/** @type {readonly Release[]} */
export const modemManagers = [
  modemManager('1.14.12', 'bullseye'),
  modemManager('1.20.4', 'bookworm'),
  modemManager('1.24.0', 'trixie'),
  modemManager('1.24.2', 'forky'),
  modemManager('1.25.95', 'sid', 'experimental'),
];

/** Its [MobileNetwork] support is in no stable Debian yet. @type {Release} */
export const networkd = {
  name: 'systemd-networkd',
  version: '262',
  folder: 'systemd-networkd-262',
  program: 'usr/lib/systemd/systemd-networkd',
  packages: ['systemd', 'udev', 'dbus'],
  suites: ['forky'],
};

/** @type {Release} */
export const networkManager = {
  name: 'NetworkManager',
  version: '1.58.1',
  folder: 'networkmanager-1.58.1',
  program: 'usr/sbin/NetworkManager',
  packages: ['network-manager'],
  suites: ['forky'],
};
