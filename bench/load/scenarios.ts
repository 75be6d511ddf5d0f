export type Qos = 0 | 1 | 2;

/** One shape of load. All of it is closed loop: a publisher has at most `underWay` messages under way. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly publishers: number;
  readonly subscribers: number;
  /** True: subscriber i receives from publisher i alone. False: every subscriber receives from every publisher. */
  readonly paired: boolean;
  /** Of the PUBLISH packets and of the subscriptions alike. */
  readonly qos: Qos;
  readonly underWay: number;
  /** What ends a message's being under way: that all receivers have it (so it is unless told here), or that the broker has acknowledged it. */
  readonly until?: "delivered" | "acknowledged";
  /** Sessions of the subscribers; offline: persistent ones, whose clients left after they subscribed. Clean unless told here. */
  readonly sessions?: "clean" | "persistent" | "offline";
  readonly payloadBytes: number;
}

function pairs(id: string, title: string, count: number, qos: Qos, underWay: number): Scenario {
  return { id, title, publishers: count, subscribers: count, paired: true, qos, underWay, payloadBytes: 64 };
}

function everyoneToEveryone(id: string, title: string, from: number, to: number, underWay: number): Scenario {
  return { id, title, publishers: from, subscribers: to, paired: false, qos: 0, underWay, payloadBytes: 64 };
}

export const SCENARIOS: readonly Scenario[] = [
  pairs("pairs-qos0", "50 pairs, QoS 0, 64 under way", 50, 0, 64),
  pairs("pairs-qos1", "50 pairs, QoS 1, 64 under way", 50, 1, 64),
  pairs("pairs-qos2", "50 pairs, QoS 2, 64 under way", 50, 2, 64),
  everyoneToEveryone("fan-in", "50 publishers to 1 subscriber, QoS 0, 64", 50, 1, 64),
  everyoneToEveryone("fan-out", "1 publisher to 200 subscribers, QoS 0, 16", 1, 200, 16),
  pairs("pairs-1", "50 pairs, QoS 0, 1 under way", 50, 0, 1),
  pairs("one-pair", "1 pair, QoS 0, 1 under way", 1, 0, 1),
];

/** How many subscribers receive each message. */
export function receiversPerMessage(scenario: Scenario): number {
  if (scenario.sessions === "offline") return 0;
  return scenario.paired ? 1 : scenario.subscribers;
}

export function topicOf(publisher: number): string {
  return `load/${publisher}`;
}

export function filterOf(scenario: Scenario, subscriber: number): string {
  if (scenario.paired) return topicOf(subscriber);
  return scenario.publishers === 1 ? topicOf(0) : "load/+";
}
