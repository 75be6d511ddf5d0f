const UPPER = 2 ** 32;

export function u64(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeUInt32BE(Math.floor(value / UPPER), 0);
  bytes.writeUInt32BE(value % UPPER, 4);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}

const BEHIND_ALL_KEYS = Buffer.alloc(520, 0xff);

/** Behind every key that starts with these bytes. */
export function behind(prefix: Uint8Array): Buffer {
  return Buffer.concat([prefix, BEHIND_ALL_KEYS]);
}
