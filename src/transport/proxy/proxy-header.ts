import { isIPv4, isIPv6 } from "node:net";
import { canonicalAddress } from "../canonical-address.ts";

/** The header that a proxy puts in front of a connection (PROXY protocol, https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt). */
export interface ProxyHeader {
  /** Bytes of the header. */
  readonly length: number;
  /** The client's; undefined: the connection is the proxy's own, or it does not know. */
  readonly source: { readonly address: string; readonly port: number } | undefined;
}

const SIGNATURE_2 = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const START_1 = Buffer.from("PROXY ", "latin1");
const LONGEST_1 = 107;
const FIXED_2 = 16;
/** Bytes of a header of version 2; more is more than any additional values of use take. */
const LONGEST_2 = 4_096;

const LOCAL = 0x20;
const PROXY = 0x21;
const TCP_4 = 0x11;
const TCP_6 = 0x21;

/** Undefined: more bytes are needed, which are few. @throws {Error} when it is not a header of the PROXY protocol */
export function readProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  if (startsAlike(bytes, SIGNATURE_2)) return bytes.length < FIXED_2 ? undefined : readVersion2(bytes);
  if (startsAlike(bytes, START_1)) return readVersion1(bytes);
  throw new Error("the connection does not begin with a PROXY header");
}

function startsAlike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.compare(start, 0, length, 0, length) === 0;
}

function readVersion1(bytes: Buffer): ProxyHeader | undefined {
  const end = bytes.indexOf("\r\n");
  if (end === -1 && bytes.length < LONGEST_1) return undefined;
  const length = end + 2;
  if (end === -1 || length > LONGEST_1) throw new Error("the PROXY header is too long");
  const [, family, address = "", destination = "", port = "", ...rest] = bytes.toString("latin1", 0, end).split(" ");
  if (family === "UNKNOWN") return { length, source: undefined };
  const isAddress = family === "TCP4" ? isIPv4 : family === "TCP6" ? isIPv6 : () => false;
  if (!isAddress(address) || !isAddress(destination) || rest.length !== 1 || ![port, rest[0] ?? ""].every(isPort)) {
    throw new Error("the PROXY header is malformed");
  }
  return { length, source: { address: canonicalAddress(address), port: Number(port) } };
}

function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

/**
 *     |··········· signature ···········| version, command | family | length of the rest | addresses, ports | additional values |
 *     0                                12                 13       14                   16
 */
function readVersion2(bytes: Buffer): ProxyHeader | undefined {
  const command = bytes.readUInt8(12);
  const family = bytes.readUInt8(13);
  const length = FIXED_2 + bytes.readUInt16BE(14);
  if (command !== LOCAL && command !== PROXY) throw new Error("the PROXY header is of an unknown version or command");
  if (length > LONGEST_2) throw new Error("the PROXY header is too long");
  if (bytes.length < length) return undefined;
  const isKnown = command === PROXY && (family === TCP_4 || family === TCP_6);
  if (!isKnown) return { length, source: undefined };
  const size = family === TCP_4 ? 4 : 16;
  const end = FIXED_2 + 2 * size + 4;
  if (length < end) throw new Error("the PROXY header is cut short");
  checkValues(bytes, end, length);
  const address = addressText(bytes.subarray(FIXED_2, FIXED_2 + size));
  return { length, source: { address, port: bytes.readUInt16BE(FIXED_2 + 2 * size) } };
}

/** Additional values (type, length, content) are of no use here, but have to fill the header. */
function checkValues(bytes: Buffer, from: number, end: number): void {
  let at = from;
  while (at + 3 <= end) at += 3 + bytes.readUInt16BE(at + 1);
  if (at !== end) throw new Error("the additional values of the PROXY header do not fit into it");
}

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16));
  return canonicalAddress(groups.join(":"));
}
