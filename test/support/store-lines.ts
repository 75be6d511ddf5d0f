import fc from "fast-check";
import { WILL } from "../../src/codec/property-table.ts";
import { Message, NO_EXPIRY } from "../../src/delivery/message.ts";
import { DELIVERY_UNDER_WAY, PUBREL_UNDER_WAY } from "../../src/persistence/rows.ts";
import { lineToJson } from "../../src/store-command/line-to-json.ts";
import type { DeliveryLine, Line } from "../../src/store-command/lines.ts";
import { decodedProperties } from "../../src/store-command/properties-json.ts";
import { packetIdentifier, payload, properties, qos, text, topicName } from "./arbitraries.ts";
import { withAuthor } from "./authors.ts";
import { propertyBytes, type WireProperties } from "./wire-properties.ts";

const u32 = fc.nat(0xffffffff);
const time = fc.maxSafeNat();
const level = text.map((each) => each.replaceAll(/[+#/]/g, "") || "level");
const topicFilter = fc
  .array(fc.oneof(level, fc.constant("+")), { minLength: 1, maxLength: 4 })
  .chain((levels) => fc.constantFrom(levels.join("/"), [...levels, "#"].join("/")))
  .map((filter) => (filter.startsWith("$share/") ? filter.slice(1) : filter));
/** Longer than LMDB's keys may be. */
const longFilter = fc.nat(1_000).map((length) => `${"x".repeat(600 + length)}/#`);
const sharedFilter = fc.tuple(level, topicFilter).map(([name, filter]) => `$share/${name}/${filter}`);

/** The bytes of properties that a broker keeps with a message. */
const forwarded = properties("publish").map(
  ({ messageExpiryInterval: _, topicAlias: __, subscriptionIdentifiers: ___, ...kept }: WireProperties) =>
    propertyBytes(kept),
);

const message = fc
  .record({
    topic: topicName,
    payload,
    qos,
    isRetained: fc.boolean(),
    receivedAt: time,
    expiryInterval: fc.oneof(fc.constant(NO_EXPIRY), u32),
    publisher: text,
    properties: forwarded,
  })
  .map(({ topic, payload: bytes, qos: level, isRetained, ...others }) =>
    Object.assign(Message.of(Buffer.from(topic), bytes, level, isRetained), others),
  );

const will = fc.record({
  topic: topicName.map((topic) => Buffer.from(topic)),
  payload,
  qos,
  retain: fc.boolean(),
  properties: properties("will").map((given) => decodedProperties(propertyBytes(given), WILL)),
});

const subscriptionIdentifier = fc.integer({ min: 1, max: 268_435_455 });

const subscription = fc.record({
  filter: fc.oneof(topicFilter, longFilter, sharedFilter),
  qos,
  noLocal: fc.boolean(),
  retainAsPublished: fc.boolean(),
  identifier: fc.option(subscriptionIdentifier, { nil: undefined }),
});

const delivery = fc.record({
  owner: fc.nat(5),
  message: fc.nat(5),
  isInline: fc.boolean(),
  qos: fc.integer({ min: 1, max: 2 }),
  isRetained: fc.boolean(),
  subscriptionIdentifiers: fc.option(fc.array(subscriptionIdentifier, { maxLength: 3 }), { nil: undefined }),
  sharedFilter: fc.option(sharedFilter, { nil: undefined }),
  /** Under way with this packet identifier. */
  packetIdentifier: fc.option(packetIdentifier, { nil: undefined }),
});

const session = withAuthor(
  fc.record({
    clientIdentifier: text,
    username: fc.option(text, { nil: undefined }),
    expiryInterval: u32,
    offlineSince: fc.option(time, { nil: undefined }),
    will: fc.option(will, { nil: undefined }),
    subscriptions: fc.uniqueArray(subscription, { maxLength: 4, selector: ({ filter }) => filter }),
    received: fc.uniqueArray(packetIdentifier, { maxLength: 3 }),
    released: fc.uniqueArray(packetIdentifier, { maxLength: 3 }),
  }),
);

const content = fc.record({
  firstOwner: fc.nat(1_000_000),
  sessions: fc.uniqueArray(session, { minLength: 1, maxLength: 4, selector: (each) => each.clientIdentifier }),
  groups: fc.array(sharedFilter, { maxLength: 2 }),
  messages: fc.array(message, { minLength: 1, maxLength: 5 }),
  retained: fc.uniqueArray(fc.nat(5), { maxLength: 3 }),
  deliveries: fc.array(delivery, { maxLength: 12 }),
});

type Content = typeof content extends fc.Arbitrary<infer T> ? T : never;

function pick<T>(list: readonly T[], index: number): T {
  const picked = list[index % list.length];
  if (picked === undefined) throw new Error("an empty list");
  return picked;
}

/** The lines of what is referred to by number: told once where several lines do so, otherwise with the one that does. */
class Placing {
  readonly #messages: readonly Message[];
  readonly #uses = new Map<Message, number>();

  constructor({ messages, deliveries }: Content, retained: readonly Message[]) {
    this.#messages = messages;
    const referred = deliveries.filter(({ isInline }) => !isInline).map((each) => pick(messages, each.message));
    for (const each of [...referred, ...retained]) this.#uses.set(each, (this.#uses.get(each) ?? 0) + 1);
  }

  shared(): Line[] {
    const shared = this.#messages.filter((each) => (this.#uses.get(each) ?? 0) > 1);
    return shared.map((each) => ({ table: "messages", row: { number: this.#number(each), message: each } }));
  }

  place(each: Message): { messageNumber: number; message: Message | undefined } {
    const isShared = (this.#uses.get(each) ?? 0) > 1;
    return { messageNumber: this.#number(each), message: isShared ? undefined : each };
  }

  #number(each: Message): number {
    return this.#messages.indexOf(each) + 1;
  }
}

function retainedOf({ messages, retained }: Content): Message[] {
  const byTopic = new Map(retained.map((index) => pick(messages, index)).map((each) => [each.topicName, each]));
  return [...byTopic.values()];
}

function deliveryLines(all: Content, placing: Placing): Line[] {
  const owners = all.sessions.length + all.groups.length;
  const lines: Line[] = [];
  const taken = new Set<string>();
  for (const [
    index,
    { message: picked, isInline, owner, packetIdentifier: under, ...others },
  ] of all.deliveries.entries()) {
    const place = owner % owners;
    const chosen = pick(all.messages, picked);
    const placed = isInline ? { messageNumber: 0, message: chosen } : placing.place(chosen);
    const row: DeliveryLine = { ...others, owner: all.firstOwner + 1 + place, sequence: index + 1, ...placed };
    lines.push({ table: "deliveries", row });
    const isFree = under !== undefined && !taken.has(`${place}/${under}`) && place < all.sessions.length;
    if (!isFree || pick(all.sessions, place).released.includes(under)) continue;
    taken.add(`${place}/${under}`);
    const exchange = {
      owner: row.owner,
      packetIdentifier: under,
      state: DELIVERY_UNDER_WAY,
      sequence: row.sequence,
    } as const;
    lines.push({ table: "exchanges", row: exchange });
  }
  return lines;
}

function sessionLines({ firstOwner, sessions, groups }: Content): Line[] {
  const lines: Line[] = [];
  for (const [index, { subscriptions, received, released, ...row }] of sessions.entries()) {
    const owner = firstOwner + 1 + index;
    lines.push({ table: "sessions", row: { owner, ...row } });
    for (const each of subscriptions) lines.push({ table: "subscriptions", row: { owner, ...each } });
    for (const each of received) lines.push({ table: "received", row: { owner, packetIdentifier: each } });
    for (const [order, each] of released.entries()) {
      const row = { owner, packetIdentifier: each, state: PUBREL_UNDER_WAY, sequence: 100 + order } as const;
      lines.push({ table: "exchanges", row });
    }
  }
  for (const [index, filter] of groups.entries()) {
    lines.push({ table: "groups", row: { owner: firstOwner + 1 + sessions.length + index, filter } });
  }
  return lines;
}

/** The lines of a store in which everything fits, without the first and the last. */
export const storeLines: fc.Arbitrary<Line[]> = content.map((all) => {
  const retained = retainedOf(all);
  const placing = new Placing(all, retained);
  const kept = retained.map((each): Line => ({ table: "retained", row: placing.place(each) }));
  return [...sessionLines(all), ...placing.shared(), ...deliveryLines(all, placing), ...kept];
});

/** Any line, whether or not it would fit others. */
export const anyLine: fc.Arbitrary<Line> = storeLines.chain((lines) =>
  fc.constantFrom<Line>(...lines, { table: "end" }),
);

/** A line as text that is the same whatever the order of its fields. */
export function canonical(line: unknown): string {
  return JSON.stringify(line, (_, value: unknown) => {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value;
  });
}

export function textOf(line: Line): string {
  return canonical(lineToJson(line));
}
