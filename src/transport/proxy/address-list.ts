import { BlockList, isIP } from "node:net";
import { TernmqError } from "../../errors.ts";

/** Addresses and networks, of IPv4 and IPv6. */
export class AddressList {
  readonly #list = new BlockList();

  /** @throws {TernmqError} ERR_ARGUMENT for what is neither an address nor a network */
  constructor(entries: readonly string[]) {
    for (const entry of entries) this.#add(entry);
  }

  /** Whether an address is in it; one of IPv4 within IPv6 counts as what it stands for. */
  has(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#list.check(address, version === 4 ? "ipv4" : "ipv6");
  }

  #add(entry: string): void {
    const network = parse(entry);
    if (network === undefined)
      throw new TernmqError(
        "ERR_ARGUMENT",
        `"${entry}" is no address or network: give one as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32`,
      );
    const { address, bits, family } = network;
    if (bits === undefined) this.#list.addAddress(address, family);
    else this.#list.addSubnet(address, bits, family);
  }
}

interface Network {
  readonly address: string;
  readonly family: "ipv4" | "ipv6";
  /** Undefined: the address alone. */
  readonly bits: number | undefined;
}

/** Whether an `AddressList` may hold it. */
export function isNetwork(entry: string): boolean {
  return parse(entry) !== undefined;
}

function parse(entry: string): Network | undefined {
  const [address = "", bits, ...more] = String(entry).split("/");
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  const isPrefix = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  if (version === 0 || more.length > 0 || !isPrefix) return undefined;
  return { address, family: version === 4 ? "ipv4" : "ipv6", bits: bits === undefined ? undefined : Number(bits) };
}
