import { z } from "zod";
import { ALL_VERSIONS } from "../../broker/listener-context.ts";
import type { ListenerOptions } from "../listener-options.ts";
import { durabilitySchema } from "./persistence.ts";
import { list, oneOf, section, text, wholeNumber } from "./types.ts";

export const portSchema = wholeNumber([0, 65_535], "; 0 takes a free one");
export const hostSchema = text("an address of this machine, or 0.0.0.0 for all of them");

const listenerSchema = section({
  name: text("a name").exactOptional().describe("for log lines and rules; by default protocol and address"),
  protocol: oneOf(["mqtt", "ws"]).describe("`mqtt` is MQTT over TCP, `ws` MQTT over WebSocket"),
  host: hostSchema
    .exactOptional()
    .describe("address to listen on; 127.0.0.1 by default, 0.0.0.0 for all of this machine's"),
  port: portSchema.describe("port to listen on; 0 takes a free one"),
  durability: durabilitySchema
    .exactOptional()
    .describe("what an acknowledgement to its clients means; by default what `persistence` says"),
  versions: list(z.literal(ALL_VERSIONS, { error: "give 3 (MQTT 3.1), 4 (3.1.1) or 5 (5.0)" }), "versions")
    .min(1, { error: "give a list of one version at least" })
    .exactOptional()
    .describe("versions that its clients may speak: 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5.0; all by default"),
}) satisfies z.ZodType<ListenerOptions>;

export const DEFAULT_HOST = "127.0.0.1";
export const DEFAULT_PORTS = { mqtt: 1883, ws: 8083 };

export const listenersSchema = list(listenerSchema, "listeners")
  .min(1, { error: "give a list of one listener at least" })
  .prefault([
    { protocol: "mqtt", host: DEFAULT_HOST, port: DEFAULT_PORTS.mqtt },
    { protocol: "ws", host: DEFAULT_HOST, port: DEFAULT_PORTS.ws },
  ])
  .describe("doors for clients");
