import { isIP } from "node:net";
import type { WebSocketOptions } from "../../config/listener-options.ts";
import { canonicalAddress } from "../canonical-address.ts";
import { AddressList } from "../proxy/address-list.ts";

/** `mqtt` is the standard's name [MQTT-6.0.0-4] [MQTT-6.0.0-4 of 3.1.1]; `mqttv3.1` is what clients of MQTT 3.1 ask for. */
const SUBPROTOCOLS = ["mqtt", "mqttv3.1"];

/** What may change while connections stay. */
export interface WebSocketRules {
  /** Undefined: any. */
  readonly path: string | undefined;
  /** Undefined: any. */
  readonly origins: ReadonlySet<string> | undefined;
  /** Proxies whose X-Forwarded-For is believed. */
  readonly forwarders: AddressList;
}

/** @throws {TernmqError} ERR_ARGUMENT for what is neither an address nor a network */
export function rulesOf({ path, origins, forwardedFrom = [] }: WebSocketOptions): WebSocketRules {
  return {
    path,
    origins: origins && new Set(origins.map((origin) => origin.toLowerCase())),
    forwarders: new AddressList(forwardedFrom),
  };
}

/** What a client asks for. A header that it does not send is the empty string. */
export interface UpgradeRequest {
  readonly upgrade: string;
  /** Without the query. */
  readonly path: string;
  readonly origin: string;
  readonly protocols: string;
}

export type UpgradeAnswer =
  | { readonly protocol: string }
  | { readonly protocol: undefined; readonly status: string; readonly text: string };

export function answerUpgrade(request: UpgradeRequest, rules: WebSocketRules): UpgradeAnswer {
  const { path, origin } = request;
  if (!listed(request.upgrade.toLowerCase()).includes("websocket"))
    return refusal("400 Bad Request", "this is no WebSocket handshake");
  if (rules.path !== undefined && path !== rules.path) return refusal("404 Not Found", "there is nothing here");
  if (origin !== "" && rules.origins?.has(origin.toLowerCase()) === false) {
    return refusal("403 Forbidden", "pages of this origin may not connect");
  }
  const offered = listed(request.protocols);
  const protocol = SUBPROTOCOLS.find((name) => offered.includes(name));
  return protocol === undefined ? refusal("400 Bad Request", "offer the WebSocket subprotocol mqtt") : { protocol };
}

/** What a header lists. */
function listed(header: string): string[] {
  return header.split(",").map((each) => each.trim());
}

function refusal(status: string, text: string): UpgradeAnswer {
  return { protocol: undefined, status, text: `${text}\n` };
}

/**
 * The client's address behind trusted proxies: each of them adds the address from which it was called at the end of X-Forwarded-For, so that the
 * last one that is no trusted proxy is the client's. What stands before it may be made up; where a proxy tells no address, its own counts.
 * @param header all headers of that name, one after the other
 */
export function forwardedAddress(address: string, header: string, forwarders: AddressList): string {
  const hops = listed(header);
  let client = address;
  while (forwarders.has(client)) {
    const hop = withoutPort(hops.pop() ?? "");
    if (isIP(hop) === 0) break;
    client = canonicalAddress(hop);
  }
  return client;
}

/** Some proxies write `192.0.2.1:5555` and `[2001:db8::1]:5555`. */
function withoutPort(hop: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([^:]*):\d+$/.exec(hop)?.[1] ?? hop;
}
