import { isIPv6 } from "node:net";

const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * An address as it is usually written, so that one is always the same: IPv6 in lower case, with its longest row of zeros left out; IPv4 within
 * IPv6, as sockets for both show it, as the IPv4 that it is. What is no address stays as it is.
 */
export function canonicalAddress(address: string): string {
  if (!isIPv6(address) || address.includes("%")) return address;
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = MAPPED.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(Number.parseInt(high, 16));
  bytes.writeUInt16BE(Number.parseInt(low, 16), 2);
  return bytes.join(".");
}
