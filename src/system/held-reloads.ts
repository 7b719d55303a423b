// Signals of the process, for the daemon while it starts.

type Listener = () => void;

/** Calls `listener` for each signal of that name. */
type OnSignal = (name: 'SIGTERM' | 'SIGINT' | 'SIGHUP', listener: Listener) => void;

/**
 * Hands the signals of `process` to their listeners. SIGHUP would end a process that does not
 * listen yet: one that comes before there is a listener is held for the first.
 */
export function holdingReloads(process: {
  on(name: string, listener: Listener): unknown;
  off(name: string, listener: Listener): unknown;
}): OnSignal {
  let isHeld = false;
  const hold = () => {
    isHeld = true;
  };
  process.on('SIGHUP', hold);
  return (name, listener) => {
    process.on(name, listener);
    if (name !== 'SIGHUP') return;
    process.off('SIGHUP', hold);
    if (isHeld) listener();
    isHeld = false;
  };
}
