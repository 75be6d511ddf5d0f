import { readTlsFile, TlsError } from "./tls-files.ts";

/** Bytes of the longest identity and key that OpenSSL takes. */
const LONGEST_IDENTITY = 128;
const LONGEST_KEY = 256;

/** Reads pre-shared keys by identity: lines `identity:key`, the key in hexadecimal digits; `#` begins a comment. @throws {TlsError} */
export function readPskFile(path: string): ReadonlyMap<string, Buffer> {
  const keys = new Map<string, Buffer>();
  const lines = readTlsFile("PSK", path).toString("utf8").split(/\r?\n/);
  for (const [index, text] of lines.entries()) {
    const line = text.trimEnd();
    if (line === "" || line.startsWith("#")) continue;
    const [identity, key] = readLine(`${path}:${index + 1}`, line);
    if (keys.has(identity)) throw new TlsError(`${path}:${index + 1}:1: the identity "${identity}" has a key already`);
    keys.set(identity, key);
  }
  if (keys.size === 0) throw new TlsError(`the PSK file ${path} holds no key: add lines identity:key`);
  return keys;
}

/** Messages never show the key. */
function readLine(place: string, line: string): [identity: string, key: Buffer] {
  const colon = line.indexOf(":");
  if (colon < 1) throw new TlsError(`${place}:1: write identity:key, the key in hexadecimal digits`);
  const identity = line.slice(0, colon);
  const digits = line.slice(colon + 1);
  if (Buffer.byteLength(identity) > LONGEST_IDENTITY) {
    throw new TlsError(`${place}:1: an identity has no more than ${LONGEST_IDENTITY} bytes`);
  }
  if (!/^(?:[0-9a-f]{2})+$/i.test(digits)) {
    throw new TlsError(`${place}:${colon + 2}: a key is an even number of hexadecimal digits`);
  }
  if (digits.length > 2 * LONGEST_KEY) {
    throw new TlsError(`${place}:${colon + 2}: a key has no more than ${LONGEST_KEY} bytes`);
  }
  return [identity, Buffer.from(digits, "hex")];
}
