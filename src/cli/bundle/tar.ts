// Writes a tar archive (POSIX ustar) of a few texts into memory, so that nothing lies on the disk
// beside it. Pure.

export interface ArchiveEntry {
  /** At most 100 ASCII characters. */
  readonly name: string;
  readonly text: string;
}

const BLOCK = 512;

/** @param seconds Since the Unix epoch, as the entries' time. */
export function tarOf(entries: readonly ArchiveEntry[], seconds: number): Buffer {
  const parts = entries.flatMap(({ name, text }) => {
    const body = Buffer.from(text);
    return [header(name, body.length, seconds), body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header(name: string, size: number, seconds: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  block.write(name, 0, 100, 'ascii');
  block.write(octal(0o600, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(Math.max(0, Math.floor(seconds)), 11), 136);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257, 'latin1');
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return block;
}
