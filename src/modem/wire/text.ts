// Makes text from the modem and the network fit to be logged, shown and handed on. The network chooses its own name: it is not trusted.
import { isIPv4, isIPv6 } from 'node:net';

// Control characters (C0, DEL, C1, so escape sequences too), invisible format characters (among them those that turn the writing direction around),
// line and paragraph separators, halves of surrogate pairs.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The text without control characters and without blanks at its ends, cut to `max` characters. */
export function cleanText(text: string, max = 64): string {
  const clean = text.replace(UNPRINTABLE, '').trim();
  const characters = [...clean];
  return characters.length > max ? characters.slice(0, max).join('') : clean;
}

// Names that mean something else to sysctl (`all`, `default`) or are never a modem.
const RESERVED_INTERFACES: ReadonlySet<string> = new Set(['.', '..', 'all', 'default', 'lo']);

/**
 * Whether this can be the name of a modem's network interface. Stricter than the kernel (dev_valid_name in net/core/dev.c: at most 15 bytes,
 * no '/', ':' or blank): the name reaches the arguments of commands and paths below /proc/sys.
 */
export const isInterfaceName = (name: string): boolean =>
  /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,14}$/.test(name) && !RESERVED_INTERFACES.has(name);

/** Whether this is an address of that family that one host can have: no zone, not unspecified, loopback, multicast or broadcast. */
export function isHostAddress(address: string, family: 4 | 6): boolean {
  // Asked for one family only: Node's first look for an IPv6 address takes 4 ms.
  if (!(family === 4 ? isIPv4 : isIPv6)(address) || address.includes('%')) return false;
  // 224 and above: multicast, reserved, broadcast (RFC 1112, RFC 919). ff00::/8: multicast (RFC 4291).
  if (family === 6) return !/^(ff[0-9a-f]{2}:.*|[0:]+[01]?)$/i.test(address);
  const first = Number.parseInt(address, 10);
  return first !== 0 && first !== 127 && first < 224;
}

/** Whether this is the path of one of ModemManager's objects. */
export const isObjectPath = (path: string): boolean =>
  /^\/org\/freedesktop\/ModemManager1(\/[A-Za-z0-9_]+)+$/.test(path) && path.length < 256;

/**
 * Whether this can be a modem's `Device`: a folder below /sys, or the name given to it by the udev tag ID_MM_PHYSDEV_UID
 * (ModemManager then shows that in place of the path).
 */
export const isDevice = (device: string): boolean =>
  /^\/sys\/[A-Za-z0-9_./:@,+-]{1,500}$/.test(device)
    ? !device.split('/').includes('..')
    : /^[A-Za-z0-9_.:-]{1,64}$/.test(device) && device !== '..';
