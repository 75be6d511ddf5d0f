import { createHash } from "node:crypto";

/** Longer names stand as their SHA-256 in a key: LMDB's keys have a limit, MQTT's names may be longer. */
const LONGEST_NAME = 500;
/** Never the first byte of UTF-8. */
const HASHED = 0xff;

/** The name as it stands in a key; the value holds it in full. */
export function boundedName(name: Buffer): Buffer {
  if (name.length <= LONGEST_NAME) return name;
  return Buffer.concat([Buffer.of(HASHED), createHash("sha256").update(name).digest()]);
}

export const FORMAT_KEY = Buffer.from("format");
export const COUNTERS_KEY = Buffer.from("counters");
/** The number of the last entry of the journal that is in the tables. */
export const JOURNAL_KEY = Buffer.from("journal");
