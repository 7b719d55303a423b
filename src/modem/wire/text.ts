// Makes text from the modem and the network fit to be logged, shown and handed on. The network
// chooses its own name: it is not trusted.

// Control characters (C0, DEL, C1, so escape sequences too), invisible format characters (among
// them those that turn the writing direction around), line and paragraph separators, halves of
// surrogate pairs.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The text without control characters and without blanks at its ends, cut to `max` characters. */
export function cleanText(text: string, max = 64): string {
  const clean = text.replace(UNPRINTABLE, '').trim();
  const characters = [...clean];
  return characters.length > max ? characters.slice(0, max).join('') : clean;
}

/** Whether this is the path of one of ModemManager's objects. */
export const isObjectPath = (path: string): boolean =>
  /^\/org\/freedesktop\/ModemManager1(\/[A-Za-z0-9_]+)+$/.test(path) && path.length < 256;

/**
 * Whether this can be a modem's `Device`: a folder below /sys, or the name given to it by the udev
 * tag ID_MM_PHYSDEV_UID (ModemManager then shows that in place of the path).
 */
export const isDevice = (device: string): boolean =>
  /^\/sys\/[A-Za-z0-9_./:@,+-]{1,500}$/.test(device)
    ? !device.split('/').includes('..')
    : /^[A-Za-z0-9_.:-]{1,64}$/.test(device) && device !== '..';
