// NTB16, the frames on the bulk pipes (USB-IF NCM 1.0 clause 3.2, MBIM 1.0 clause 7): IP packets
// in, one block out, and back.

const NTH16_SIGNATURE = 0x484d434e; // "NCMH"
const NTH16_LENGTH = 12;
/** "IPS" and the number of the session in the last byte. */
const NDP16_IPS = 0x00535049;

/** The longest block in either direction, as GET_NTB_PARAMETERS says. */
export const MAX_NTB = 16384;

/** NTB parameters (NCM 1.0 table 6-3): 16-bit blocks only, everything aligned to 4. */
export function ntbParameters(): Buffer {
  const bytes = Buffer.alloc(28);
  bytes.writeUInt16LE(28, 0);
  bytes.writeUInt16LE(1, 2);
  bytes.writeUInt32LE(MAX_NTB, 4);
  for (const offset of [8, 12]) bytes.writeUInt16LE(4, offset);
  bytes.writeUInt32LE(MAX_NTB, 16);
  for (const offset of [20, 24]) bytes.writeUInt16LE(4, offset);
  return bytes;
}

/**
 * The packets of session 0 in a block; other sessions' are left out, and so is whatever lies
 * outside the block.
 */
export function packetsOf(block: Buffer): Buffer[] {
  if (block.length < NTH16_LENGTH || block.readUInt32LE(0) !== NTH16_SIGNATURE) return [];
  const packets: Buffer[] = [];
  // Each table must lie behind the one before it: a loop of tables ends.
  for (let table = block.readUInt16LE(10), last = 0; table > last && table + 8 <= block.length; ) {
    if (block.readUInt32LE(table) === NDP16_IPS) packets.push(...datagrams(block, table));
    last = table;
    table = block.readUInt16LE(table + 6);
  }
  return packets;
}

function datagrams(block: Buffer, table: number): Buffer[] {
  const found: Buffer[] = [];
  const end = Math.min(table + block.readUInt16LE(table + 4), block.length);
  for (let entry = table + 8; entry + 4 <= end; entry += 4) {
    const [index, length] = [block.readUInt16LE(entry), block.readUInt16LE(entry + 2)];
    if (index === 0 || length === 0) break;
    if (index + length <= block.length) found.push(block.subarray(index, index + length));
  }
  return found;
}

/** A block with one packet of session 0. `sequence` counts blocks, modulo 65536. */
export function blockOf(packet: Buffer, sequence: number): Buffer {
  const table = NTH16_LENGTH;
  const start = table + 16;
  const block = Buffer.alloc(start + packet.length);
  block.writeUInt32LE(NTH16_SIGNATURE, 0);
  block.writeUInt16LE(NTH16_LENGTH, 4);
  block.writeUInt16LE(sequence & 0xffff, 6);
  block.writeUInt16LE(block.length, 8);
  block.writeUInt16LE(table, 10);
  block.writeUInt32LE(NDP16_IPS, table);
  block.writeUInt16LE(16, table + 4);
  block.writeUInt16LE(start, table + 8);
  block.writeUInt16LE(packet.length, table + 10);
  packet.copy(block, start);
  return block;
}
