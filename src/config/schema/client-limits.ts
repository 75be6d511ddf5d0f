import type { z } from "zod";
import {
  CLIENT_LIMIT_RANGES,
  type ClientLimitRule,
  type ListenerLimits,
  lonelyBursts,
  RATES_PER,
  type ValueName,
} from "../client-limits.ts";
import { list, networks, oneOf, rate, section, size, text, trueOrFalse, wholeNumber } from "./types.ts";

const AT_ONCE = "that may come at once; by default those of a second";

function count(name: ValueName, description: string) {
  return wholeNumber(CLIENT_LIMIT_RANGES[name]).exactOptional().describe(description);
}

function bytes(name: ValueName, description: string) {
  return size(CLIENT_LIMIT_RANGES[name]).exactOptional().describe(description);
}

function perSecond(name: ValueName, description: string) {
  return rate(CLIENT_LIMIT_RANGES[name]).exactOptional().describe(description);
}

const clientShape = {
  maximumConnectionsPerUser: count("maximumConnectionsPerUser", "clients of one user connected at a time"),
  maximumConnectionsPerAddress: count(
    "maximumConnectionsPerAddress",
    "clients of one address (IPv6: of one /64) connected at a time",
  ),
  maximumSessionsPerUser: count("maximumSessionsPerUser", "sessions of one user, those of offline clients included"),
  connectionRatePerUser: perSecond("connectionRatePerUser", "clients of one user let in per second"),
  connectionBurstPerUser: count("connectionBurstPerUser", `clients of one user ${AT_ONCE}`),
  messageRate: perSecond("messageRate", "PUBLISH packets per second that are read; others wait at the client"),
  messageBurst: count("messageBurst", `PUBLISH packets ${AT_ONCE}`),
  byteRate: bytes("byteRate", "bytes per second that are read; others wait at the client"),
  byteBurst: bytes("byteBurst", `bytes ${AT_ONCE}`),
  ratesPer: oneOf(RATES_PER)
    .exactOptional()
    .describe("who shares messageRate and byteRate: nobody (client, the default), clients of a user, or of an address"),
  maximumPacketSize: bytes("maximumPacketSize", "largest packet that a client may send"),
  receiveMaximum: count("receiveMaximum", "QoS 1 and 2 messages under way from one client"),
  maximumInflightMessages: count("maximumInflightMessages", "QoS 1 and 2 messages under way to one client"),
  maximumQueuedMessages: count("maximumQueuedMessages", "messages that wait in one session"),
  maximumQueuedBytes: bytes("maximumQueuedBytes", "bytes of the messages that wait in one session"),
  maximumSubscriptions: count("maximumSubscriptions", "subscriptions of one session"),
  maximumTopicLevels: count("maximumTopicLevels", "levels of a topic"),
};

const doorShape = {
  connectionRate: perSecond("connectionRate", "connections opened per second; others are closed at once"),
  connectionBurst: count("connectionBurst", `connections ${AT_ONCE}`),
  connectionRatePerAddress: perSecond(
    "connectionRatePerAddress",
    "connections of one address (IPv6: of one /64) opened per second; others are closed at once",
  ),
  connectionBurstPerAddress: count("connectionBurstPerAddress", `connections of one address ${AT_ONCE}`),
};

function names(what: string, description: string) {
  return list(text(what), `${what.replace(/^an? /, "")}s`)
    .exactOptional()
    .describe(description);
}

const whomShape = {
  users: names("a user name", "user names it is about"),
  groups: names("a group", "groups it is about"),
  clients: names("a client identifier", "client identifiers it is about, `*` any characters"),
  addresses: networks().exactOptional().describe("addresses and networks it is about"),
  listeners: names("the name of a listener", "names of the listeners it is about"),
  anonymous: trueOrFalse().exactOptional().describe("true: about clients without a user name alone; false by default"),
};

/** A burst belongs to a rate. */
function checkBursts({ value, issues }: z.core.ParsePayload<ListenerLimits>): void {
  for (const [burst, rateOfIt] of lonelyBursts(value)) {
    issues.push({ code: "custom", message: `give ${rateOfIt} with it`, input: value[burst], path: [burst] });
  }
}

export const listenerLimitsSchema = section({ ...doorShape, ...clientShape })
  .check(checkBursts)
  .describe(
    "how often connections may be opened, and what its clients may do that no rule of `clientLimits` is about",
  ) satisfies z.ZodType<ListenerLimits>;

const ruleSchema = section({ ...whomShape, ...clientShape }).check(checkBursts);

export const clientLimitsSchema = list(ruleSchema, "rules").describe(
  "what certain clients may do beside `limits`: the first rule that is about a client holds",
) satisfies z.ZodType<ClientLimitRule[]>;
