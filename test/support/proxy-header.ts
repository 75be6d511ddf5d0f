import { isIPv4 } from "node:net";

interface Source {
  readonly address: string;
  readonly port: number;
}

/** A header of the PROXY protocol, version 1. */
export function proxyHeader1({ address, port }: Source): Buffer {
  const [family, destination] = isIPv4(address) ? ["TCP4", "127.0.0.1"] : ["TCP6", "::1"];
  return Buffer.from(`PROXY ${family} ${address} ${destination} ${port} 1883\r\n`);
}

export interface HeaderParts {
  /** Version and command; default 0x21, version 2 and PROXY. */
  command?: number;
  family?: number;
  /** Said of what follows; default: what does. */
  length?: number;
  /** Additional values. */
  values?: Buffer;
}

/** A header of the PROXY protocol, version 2; with `parts` also a wrong one. */
export function proxyHeader2({ address, port }: Source, parts: HeaderParts = {}): Buffer {
  const isIpv4 = isIPv4(address);
  const { command = 0x21, family = isIpv4 ? 0x11 : 0x21, values = Buffer.alloc(0) } = parts;
  const source = isIpv4 ? Buffer.from(address.split(".").map(Number)) : ipv6Bytes(address);
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(port);
  const body = Buffer.concat([source, Buffer.alloc(source.length), ports, values]);
  const start = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
  const fixed = Buffer.from([command, family, 0, 0]);
  fixed.writeUInt16BE(parts.length ?? body.length, 2);
  return Buffer.concat([start, fixed, body]);
}

function ipv6Bytes(address: string): Buffer {
  const [left = "", right = ""] = address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const missing = 8 - groups(left).length - groups(right).length;
  const all = [...groups(left), ...Array.from({ length: missing }, () => "0"), ...groups(right)];
  return Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex");
}
