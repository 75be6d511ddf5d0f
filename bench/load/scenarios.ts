/** What MQTT travels in: TCP alone, or a WebSocket on it. */
export type Transport = "tcp" | "ws";

export type Qos = 0 | 1 | 2;

interface Described {
  readonly id: string;
  readonly title: string;
  /** TCP unless told here. */
  readonly transport?: Transport;
}

/** Messages for a time: closed loop, a publisher has at most `underWay` messages under way; or open loop, at a `rate`. */
export interface LoadScenario extends Described {
  readonly kind: "load";
  readonly publishers: number;
  readonly subscribers: number;
  /** True: subscriber i receives from publisher i alone. False: every subscriber receives from every publisher. */
  readonly paired: boolean;
  /** Of the PUBLISH packets and of the subscriptions alike. */
  readonly qos: Qos;
  readonly underWay: number;
  readonly payloadBytes: number;
  /** What ends a message's being under way: that all receivers have it (so it is unless told here), or that the broker has acknowledged it. */
  readonly until?: "delivered" | "acknowledged";
  /** Sessions of the subscribers; offline: persistent ones, whose clients left after they subscribed. Clean unless told here. */
  readonly sessions?: "clean" | "persistent" | "offline";
  /** Open loop: messages a second of all publishers together, whatever is under way. */
  readonly rate?: number;
  /** The subscribers are one group: each message goes to one of them. */
  readonly shared?: boolean;
  /** Distinct topics of each publisher; 1 unless told here. */
  readonly topics?: number;
  /** How many of the subscribers stop reading when the load begins. Nobody waits for what they do not take. */
  readonly stalled?: number;
  /** Subscriptions of one more client, which match nothing that is published. */
  readonly standing?: number;
}

/** Subscriptions of one client: how fast they are made, and what they weigh. */
export interface SubscriptionsScenario extends Described {
  readonly kind: "subscriptions";
  readonly count: number;
}

/** Connections that do nothing: what they weigh. */
export interface ConnectionsScenario extends Described {
  readonly kind: "connections";
  readonly count: number;
}

/** Clients that connect and leave, so many at a time, for a time. */
export interface StormScenario extends Described {
  readonly kind: "storm";
  readonly atATime: number;
}

/** A wildcard subscription that matches so many retained messages. */
export interface RetainedScenario extends Described {
  readonly kind: "retained";
  readonly count: number;
}

export type Scenario = LoadScenario | SubscriptionsScenario | ConnectionsScenario | StormScenario | RetainedScenario;

type Shape = Pick<LoadScenario, "publishers" | "subscribers" | "paired" | "underWay"> & { readonly title: string };
type Difference = Partial<Omit<LoadScenario, "kind" | "id" | "title">> & { readonly title?: string };

const PAYLOAD_BYTES = 64;

/** @param id has to tell the scenario from all others that are measured with it */
export function load(id: string, { title, ...shape }: Shape, difference: Difference = {}): LoadScenario {
  const { title: more, qos = 0, payloadBytes = PAYLOAD_BYTES, ...rest } = difference;
  const flow = rest.rate === undefined ? `${shape.underWay} under way` : `${figure(rest.rate)} a second`;
  const size = payloadBytes === PAYLOAD_BYTES ? undefined : plural(payloadBytes, "byte");
  const name = [title, `QoS ${qos}`, flow, size, more].filter((part) => part !== undefined).join(", ");
  return { kind: "load", id, title: name, ...shape, ...rest, qos, payloadBytes };
}

export function figure(value: number): string {
  return value.toLocaleString("en-US");
}

export function pairs(count: number, underWay: number): Shape {
  return { title: plural(count, "pair"), publishers: count, subscribers: count, paired: true, underWay };
}

export function group(publishers: number, subscribers: number, underWay: number): Shape {
  return { title: `${publishers} to ${subscribers}`, publishers, subscribers, paired: false, underWay };
}

function plural(count: number, noun: string): string {
  return `${figure(count)} ${noun}${count === 1 ? "" : "s"}`;
}

export interface ScenarioSizes {
  /** By which numbers of clients, topics and subscriptions, and rates, are multiplied; none gets smaller than 1. */
  readonly scale: number;
  /** Of the open loops, in place of each one's own. */
  readonly rate?: number;
  /** Bytes of the messages of a load, in place of each one's own. */
  readonly payload?: number;
}

/** On the way to one receiver: well below what brokers let wait for a client. */
const UNDER_WAY_BYTES = 262_144;

/** How many messages of so many bytes each of a receiver's publishers has under way, where it has `most` of smaller ones. */
export function underWayOf(payloadBytes: number, most: number, publishers = 1): number {
  return Math.max(1, Math.min(most, Math.floor(UNDER_WAY_BYTES / (payloadBytes * publishers))));
}

function withPayload(payloadBytes: number, id: string, shape: Shape, difference: Difference): LoadScenario {
  const underWay = underWayOf(payloadBytes, shape.underWay, shape.paired ? 1 : shape.publishers);
  return load(id, { ...shape, underWay }, { ...difference, payloadBytes });
}

export function scenariosAt({ scale, rate, payload }: ScenarioSizes): readonly Scenario[] {
  const sized = (count: number) => Math.max(1, Math.round(count * scale));
  const [one, few, many, group8] = [1, sized(50), sized(200), sized(8)];
  const standing = sized(500_000);
  const topics = sized(1_000_000);
  const [connections, retained, storm] = [sized(8_000), sized(1_000_000), sized(100)];
  const of = (id: string, shape: Shape, difference: Difference = {}) =>
    payload === undefined ? load(id, shape, difference) : withPayload(payload, id, shape, difference);
  const kilobyte = { payloadBytes: 1_024 };
  // What a client does not read soon exceeds what the system takes for it, 10 MB with Linux' defaults.
  const large = { payloadBytes: 4_096 };
  const stalling = { ...large, stalled: 1, title: "1 stalled" };
  const ws = { transport: "ws", title: "WebSocket" } as const;
  return [
    of("pairs-qos0", pairs(few, 64)),
    of("pairs-qos0-1k", pairs(few, 64), kilobyte),
    of("pairs-qos1", pairs(few, 64), { qos: 1 }),
    of("pairs-qos2", pairs(few, 64), { qos: 2 }),
    of("fan-in", group(few, one, 64)),
    of("fan-out", group(one, many, 16)),
    of("fan-out-qos1", group(one, sized(1_000), 4), { qos: 1 }),
    of("pairs-1", pairs(few, 1)),
    of("pairs-500-1", pairs(sized(500), 1)),
    of("one-pair", pairs(one, 1)),
    of("share", group(few, group8, 64), { shared: true, title: "$share" }),
    of("topics", pairs(few, 64), { topics: Math.ceil(topics / few), title: plural(topics, "topic") }),
    of("standing", pairs(few, 64), { standing, title: `${plural(standing, "subscription")} more` }),
    of("slow-none", group(one, many, 16), large),
    of("slow-one", group(one, Math.max(2, many), 16), stalling),
    of("slow-none-qos1", group(one, many, 16), { ...large, qos: 1 }),
    of("slow-one-qos1", group(one, Math.max(2, many), 16), { ...stalling, qos: 1 }),
    of("open-qos0", pairs(few, 1), { rate: rate ?? sized(50_000) }),
    of("open-qos1", pairs(few, 1), { rate: rate ?? sized(20_000), qos: 1 }),
    of("ws-pairs-qos0", pairs(few, 64), ws),
    of("ws-pairs-qos1", pairs(few, 64), { ...ws, qos: 1 }),
    of("ws-fan-out", group(one, many, 16), ws),
    {
      kind: "subscriptions",
      id: "subscriptions",
      title: `${plural(standing, "subscription")} by 1 client`,
      count: standing,
    },
    { kind: "connections", id: "connections", title: plural(connections, "idle connection"), count: connections },
    { kind: "storm", id: "storm", title: `connect storm, ${figure(storm)} at a time`, atATime: storm },
    { kind: "retained", id: "retained", title: `1 filter, ${plural(retained, "retained message")}`, count: retained },
  ];
}

export const SCENARIOS = scenariosAt({ scale: 1 });

/** How many subscribers receive each message, those that stall not counted. */
export function receiversPerMessage(scenario: LoadScenario): number {
  if (scenario.sessions === "offline") return 0;
  if (scenario.paired || scenario.shared) return 1;
  return scenario.subscribers - (scenario.stalled ?? 0);
}

/** The topic of a publisher that has one, and what comes before the number of the topic for one that has several. */
export function topicOf(publisher: number): string {
  return `load/${publisher}`;
}

export function filterOf(scenario: LoadScenario, subscriber: number): string {
  if (scenario.shared) return "$share/load/load/+";
  if (scenario.paired) return (scenario.topics ?? 1) > 1 ? `${topicOf(subscriber)}/+` : topicOf(subscriber);
  return scenario.publishers === 1 ? topicOf(0) : "load/+";
}
