// The one check of an interface's name before it reaches a command's arguments, a batch or a path.

/** `all` and `default` mean something else to sysctl, and `lo` is never a modem. */
const RESERVED: ReadonlySet<string> = new Set(['all', 'default', 'lo']);

/**
 * Whether this can be the name of a modem's network interface. Stricter than the kernel, which
 * takes 15 bytes without '/', ':' and blank (dev_valid_name in net/core/dev.c).
 */
export function isInterfaceName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/.test(name) && !RESERVED.has(name);
}

/** The name as sysctl(8) takes it: there `.` separates, and a dot of the name is written `/`. */
export const sysctlName = (name: string): string => name.replaceAll('.', '/');
