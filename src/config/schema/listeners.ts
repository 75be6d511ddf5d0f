import { z } from "zod";
import { ALL_VERSIONS } from "../../broker/listener-context.ts";
import { DEFAULT_HOST, DEFAULT_LISTENERS } from "../default-listeners.ts";
import { LIMIT_RANGES } from "../limits.ts";
import type { ListenerOptions } from "../listener-options.ts";
import { accessRulesSchema } from "./access.ts";
import { listenerAuthenticationSchema } from "./authentication.ts";
import { listenerLimitsSchema } from "./client-limits.ts";
import { durabilitySchema } from "./persistence.ts";
import { tlsSchema } from "./tls.ts";
import {
  duration,
  list,
  matching,
  networks,
  path,
  permissions,
  section,
  text,
  trueOrFalse,
  wholeNumber,
} from "./types.ts";

const portSchema = wholeNumber([0, 65_535], "; 0 takes a free one");
/** In brackets as well, as in a URL: `[::1]`. */
const hostSchema = text("an address of this machine, or 0.0.0.0 for all of them").overwrite((host) =>
  host.replace(/^\[(.*)\]$/, "$1"),
);
/** As browsers write it; those in apps have schemes of their own, and pages of files the origin `null`. */
const origin = matching(
  /^(?:null|[a-zA-Z][a-zA-Z\d+.-]*:\/\/[^/\s]*)$/,
  "an origin as https://example.com, without a path",
);

const common = {
  name: text("a name").exactOptional().describe("for log lines and rules; protocol and address by default"),
  durability: durabilitySchema
    .exactOptional()
    .describe("what an acknowledgement to its clients means; what `persistence` says by default"),
  versions: list(z.literal(ALL_VERSIONS, { error: "give 3 (MQTT 3.1), 4 (3.1.1) or 5 (5.0)" }), "versions")
    .min(1, { error: "give a list of one version at least" })
    .exactOptional()
    .describe("versions that its clients may speak: 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5.0; all by default"),
  authentication: listenerAuthenticationSchema.exactOptional(),
  accessRules: accessRulesSchema
    .exactOptional()
    .describe("what its clients may do; what `accessRules` says by default"),
  usernameAsClientIdentifier: trueOrFalse()
    .exactOptional()
    .describe(
      "whether the user name takes the place of the client identifier, so that nobody can use somebody else's; false by default",
    ),
  maximumConnections: wholeNumber(LIMIT_RANGES.maximumConnections)
    .exactOptional()
    .describe("clients connected by it at a time; only `limits` count by default"),
  limits: listenerLimitsSchema.exactOptional(),
};

const address = {
  host: hostSchema
    .exactOptional()
    .describe("address to listen on, 127.0.0.1 by default; `0.0.0.0` is all of IPv4, `::` all of IPv4 and IPv6"),
  port: portSchema.describe("port to listen on; 0 takes a free one"),
};

const backlog = wholeNumber([1, 65_535])
  .exactOptional()
  .describe("connections that the system holds ready until they are taken; 511 by default");

const socket = {
  ipv6Only: trueOrFalse().exactOptional().describe("with host `::`: no IPv4; false by default"),
  backlog,
  tcpKeepAlive: duration("s", [0, 32_767])
    .exactOptional()
    .describe("silence after which TCP asks whether the client is still there; 0 is never, 60 s the default"),
  noDelay: trueOrFalse().exactOptional().describe("whether small packets leave at once (TCP_NODELAY); true by default"),
  proxyProtocolFrom: networks()
    .exactOptional()
    .describe("addresses or networks of proxies, which begin every connection with a header of the PROXY protocol"),
};

const webSocket = {
  path: matching(/^\/[^?#\s]*$/, "a path as /mqtt")
    .exactOptional()
    .describe("the one path that is served; any by default"),
  origins: list(origin, "origins").exactOptional().describe("origins whose pages may connect; any by default"),
  forwardedFrom: networks()
    .exactOptional()
    .describe("addresses or networks of proxies whose X-Forwarded-For is believed; none by default"),
};

const tls = tlsSchema.describe("certificates and keys");
const mode = permissions().exactOptional().describe("permissions of the socket file; 0o660 by default");
const socketFile = path("the path of the socket file").describe(
  "the socket file; one that nobody listens at is replaced",
);

const PROTOCOLS =
  "one of mqtt (MQTT over TCP), mqtts (over TLS), ws (over WebSocket), wss (over WebSocket and TLS) and unix";

function protocol<Name extends ListenerOptions["protocol"]>(name: Name) {
  return z.literal(name).describe(`how clients speak: ${PROTOCOLS}`);
}

const listenerSchema = z.discriminatedUnion(
  "protocol",
  [
    section({ protocol: protocol("mqtt"), ...address, ...common, ...socket }),
    section({ protocol: protocol("mqtts"), ...address, tls, ...common, ...socket }),
    section({ protocol: protocol("ws"), ...address, ...common, ...webSocket }),
    section({ protocol: protocol("wss"), ...address, tls, ...common, ...socket, ...webSocket }),
    section({ protocol: protocol("unix"), path: socketFile, mode, backlog, ...common }),
  ],
  { error: `give ${PROTOCOLS}` },
) satisfies z.ZodType<ListenerOptions>;

/** What no two listeners may have in common; undefined: nothing, as port 0 takes a free one each time. */
function addressOf(listener: ListenerOptions): string | undefined {
  if (listener.protocol === "unix") return listener.path;
  return listener.port === 0 ? undefined : `${listener.host ?? DEFAULT_HOST}:${listener.port}`;
}

/** The place in the list of one whose `key` is that of one before it, and where that is. */
function repeated(keys: readonly (string | undefined)[]): [index: number, first: number][] {
  return keys.flatMap((key, index): [number, number][] => {
    const first = keys.indexOf(key);
    return key === undefined || first === index ? [] : [[index, first]];
  });
}

function checkAddresses({ value, issues }: z.core.ParsePayload<ListenerOptions[]>): void {
  for (const [index, first] of repeated(value.map(addressOf))) {
    const option = value[index]?.protocol === "unix" ? "path" : "port";
    const message = `listeners[${first}] listens there: give each a ${option} of its own`;
    issues.push({ code: "custom", message, input: addressOf(value[index] as ListenerOptions), path: [index, option] });
  }
}

function checkNames({ value, issues }: z.core.ParsePayload<ListenerOptions[]>): void {
  for (const [index, first] of repeated(value.map(({ name }) => name))) {
    const message = `listeners[${first}] has this name: give each another`;
    issues.push({ code: "custom", message, input: value[index]?.name, path: [index, "name"] });
  }
}

export const listenersSchema = list(listenerSchema, "listeners")
  .min(1, { error: "give a list of one listener at least" })
  .check(checkAddresses, checkNames)
  .prefault([...DEFAULT_LISTENERS])
  .describe("doors for clients");
