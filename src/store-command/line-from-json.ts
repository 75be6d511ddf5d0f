import { isShared, shareProblem, withoutSharePrefix } from "../delivery/shared-filter.ts";
import { restoredAuthor } from "../persistence/author-encoding.ts";
import type { Counters, ExchangeRow, OwnerNumber, SessionRow, SubscriptionRow } from "../persistence/rows.ts";
import { Fields } from "./fields.ts";
import { type DeliveryLine, LINES_VERSION, type Line, type Placed, STATES, type State } from "./lines.ts";
import { messageFromJson, takeMessage, willFromJson } from "./message-json.ts";

const LONGEST_INTERVAL = 0xffff_ffff;
const LAST_PACKET_IDENTIFIER = 65_535;
const LAST_SUBSCRIPTION_IDENTIFIER = 268_435_455;
/** Changes multiplies sequences by 4, which has to stay exact, also for those that follow. */
const LAST_NUMBER = 2 ** 50;
/** PacketRows multiplies it by 65,536. */
const LAST_OWNER = 2 ** 36;

/** Throws RangeError. */
export function headerFromJson(value: unknown): Counters {
  const fields = new Fields(value, "the first line");
  const version = fields.take("ternmq-store");
  if (version !== LINES_VERSION)
    throw fields.wrong("ternmq-store", version, `${LINES_VERSION}, as store export writes it`);
  fields.take("format");
  const counters = new Fields(fields.take("counters"), "the counters");
  fields.end();
  const row = {
    owner: counters.whole("owner", 1, LAST_OWNER + 1),
    sequence: counters.whole("sequence", 1, LAST_NUMBER + 1),
    message: counters.whole("message", 1, LAST_NUMBER + 1),
  };
  counters.end();
  return row;
}

function isTopicFilter(text: string): boolean {
  const bytes = Buffer.from(text);
  if (shareProblem(bytes) !== undefined) return false;
  const levels = withoutSharePrefix(bytes).toString().split("/");
  const isFree = (level: string, index: number) =>
    level === "+" || !/[+#]/.test(level) || (level === "#" && index === levels.length - 1);
  return levels.join("/") !== "" && levels.every(isFree);
}

function takeFilter(fields: Fields, name = "filter"): string {
  return fields.text(name, isTopicFilter, "a topic filter");
}

function takeSharedFilter(fields: Fields, name: string): string {
  const isSharedFilter = (text: string) => isShared(Buffer.from(text)) && isTopicFilter(text);
  return fields.text(name, isSharedFilter, "$share/{name}/{topic filter}");
}

function takeOwner(fields: Fields): OwnerNumber {
  return fields.whole("owner", 1, LAST_OWNER);
}

function takePacketIdentifier(fields: Fields): number {
  return fields.whole("packetIdentifier", 1, LAST_PACKET_IDENTIFIER);
}

function takeSession(fields: Fields): SessionRow {
  const owner = takeOwner(fields);
  const clientIdentifier = fields.text("clientIdentifier");
  const username = fields.has("username") ? fields.text("username") : undefined;
  return {
    owner,
    clientIdentifier,
    username,
    expiryInterval: fields.whole("expiryInterval", 0, LONGEST_INTERVAL),
    offlineSince: fields.optionalWhole("offlineSince", 0, Number.MAX_SAFE_INTEGER),
    will: fields.has("will") ? willFromJson(fields.take("will")) : undefined,
    author: fields.has("author") ? restoredAuthor(fields.take("author"), clientIdentifier, username) : undefined,
  };
}

function takeSubscription(fields: Fields): SubscriptionRow {
  return {
    owner: takeOwner(fields),
    filter: takeFilter(fields),
    qos: fields.whole("qos", 0, 2),
    noLocal: fields.flag("noLocal"),
    retainAsPublished: fields.flag("retainAsPublished"),
    identifier: fields.optionalWhole("identifier", 1, LAST_SUBSCRIPTION_IDENTIFIER),
  };
}

function takeIdentifiers(fields: Fields): number[] {
  const list = fields.list("subscriptionIdentifiers");
  return list.map((each) => new Fields({ identifier: each }).whole("identifier", 1, LAST_SUBSCRIPTION_IDENTIFIER));
}

function takePlaced(fields: Fields, least: 0 | 1): Placed {
  const messageNumber = fields.optionalWhole("messageNumber", 1, LAST_NUMBER) ?? 0;
  if (messageNumber < least) throw fields.wrong("messageNumber", undefined, `a whole number from 1 to ${LAST_NUMBER}`);
  const message = fields.has("message") ? messageFromJson(fields.take("message")) : undefined;
  if (messageNumber === 0 && message === undefined) {
    throw fields.wrong("message", undefined, 'an object, or "messageNumber" of a line before');
  }
  return { messageNumber, message };
}

function takeDelivery(fields: Fields): DeliveryLine {
  return {
    owner: takeOwner(fields),
    sequence: fields.whole("sequence", 1, LAST_NUMBER),
    // A store keeps none of QoS 0.
    qos: fields.whole("qos", 1, 2),
    isRetained: fields.flag("retain"),
    subscriptionIdentifiers: fields.has("subscriptionIdentifiers") ? takeIdentifiers(fields) : undefined,
    sharedFilter: fields.has("sharedFilter") ? takeSharedFilter(fields, "sharedFilter") : undefined,
    ...takePlaced(fields, 0),
  };
}

function takeExchange(fields: Fields): ExchangeRow {
  return {
    owner: takeOwner(fields),
    packetIdentifier: takePacketIdentifier(fields),
    state: STATES[fields.choice<State>("state", ["delivery under way", "PUBREL under way"])],
    sequence: fields.whole("sequence", 1, LAST_NUMBER),
  };
}

/** In the order of an export. */
const TABLES = [
  "sessions",
  "groups",
  "subscriptions",
  "received",
  "messages",
  "deliveries",
  "exchanges",
  "retained",
  "end",
] as const satisfies readonly Line["table"][];

function takeLine(fields: Fields): Line {
  const table = fields.choice("table", TABLES);
  switch (table) {
    case "end":
      return { table };
    case "sessions":
      return { table, row: takeSession(fields) };
    case "groups":
      return { table, row: { owner: takeOwner(fields), filter: takeSharedFilter(fields, "filter") } };
    case "subscriptions":
      return { table, row: takeSubscription(fields) };
    case "received":
      return { table, row: { owner: takeOwner(fields), packetIdentifier: takePacketIdentifier(fields) } };
    case "messages":
      return { table, row: { number: fields.whole("number", 1, LAST_NUMBER), message: takeMessage(fields) } };
    case "deliveries":
      return { table, row: takeDelivery(fields) };
    case "exchanges":
      return { table, row: takeExchange(fields) };
    case "retained":
      return { table, row: takePlaced(fields, 1) };
  }
}

/** Throws RangeError: what is wrong, and what is allowed. */
export function lineFromJson(value: unknown): Line {
  const fields = new Fields(value);
  const line = takeLine(fields);
  fields.end();
  return line;
}
