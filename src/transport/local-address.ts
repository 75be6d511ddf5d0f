import { BlockList } from "node:net";

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8);
LOOPBACK.addAddress("::1", "ipv6");

/** Whether an address, or host name, stands for this machine alone. Addresses of IPv4 within IPv6 are understood. */
export function isLoopback(host: string): boolean {
  const family = host.includes(":") ? "ipv6" : "ipv4";
  return host.toLowerCase() === "localhost" || LOOPBACK.check(host, family);
}
