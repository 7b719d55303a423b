// @ts-check
// Puts messages onto a bus at a rate that dbus-next could not marshal them at.

const BATCH_MS = 10;

/**
 * The bytes of `message` as they go to the bus.
 * @param {any} bus
 * @param {any} message
 * @returns {Buffer}
 */
export function bytesOf(bus, message) {
  const { stream } = bus._connection;
  /** @type {Buffer[]} */
  const written = [];
  stream.write = (/** @type {Buffer} */ bytes) => {
    written.push(bytes);
    return true;
  };
  bus.send(message);
  delete stream.write;
  return Buffer.concat(written);
}

/**
 * Sends `messages` in turn, `rate` a second, until the returned function is called, which says how
 * many it were.
 * @param {any} bus
 * @param {readonly Buffer[]} messages
 * @param {number} rate
 * @returns {() => number}
 */
export function pump(bus, messages, rate) {
  const { stream } = bus._connection;
  let sent = 0;
  const began = performance.now();
  const timer = setInterval(() => {
    // No more than the bus takes: it holds a sender back whose receiver is slow.
    if (stream.writableLength > 1e6) return;
    const due = Math.min(rate, Math.floor(((performance.now() - began) / 1000) * rate) - sent);
    if (due <= 0) return;
    stream.write(
      Buffer.concat(
        Array.from({ length: due }, (_, index) => messages[(sent + index) % messages.length] ?? Buffer.alloc(0)),
      ),
    );
    sent += due;
  }, BATCH_MS);
  return () => {
    clearInterval(timer);
    return sent;
  };
}
