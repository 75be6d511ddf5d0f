import { Publisher } from "./publisher.ts";
import { Stream } from "./stream.ts";
import { Subscriber, type SubscriberOptions } from "./subscriber.ts";
import type { Trial } from "./trial.ts";

const GROUP_OF_ALL = [{ filter: "$share/all/load/#", qos: 2 }] as const;
const GROUP_OF_SOME = [{ filter: "$share/some/load/+/+/b", qos: 1 }] as const;

const STEADY: readonly SubscriberOptions[] = [
  { identifier: "all", version: 5, subscriptions: [{ filter: "load/#", qos: 2, identifier: 7 }] },
  { identifier: "all-at-1", version: 4, subscriptions: [{ filter: "load/#", qos: 1 }] },
];

/** Online and offline as chance has it. */
const FLEETING: readonly SubscriberOptions[] = [
  { identifier: "slow", version: 5, receiveMaximum: 20, subscriptions: [{ filter: "load/+/2/+", qos: 2 }] },
  { identifier: "some", version: 4, subscriptions: [{ filter: "load/+/1/#", qos: 2 }] },
  { identifier: "all-a", version: 5, receiveMaximum: 300, subscriptions: [{ filter: "load/+/+/a", qos: 1 }] },
  { identifier: "member-1", version: 5, subscriptions: GROUP_OF_ALL },
  { identifier: "member-2", version: 5, receiveMaximum: 16, subscriptions: GROUP_OF_ALL },
  { identifier: "member-3", version: 4, subscriptions: GROUP_OF_SOME },
  { identifier: "member-4", version: 5, subscriptions: GROUP_OF_SOME },
];

/** Their subscriptions come and go too. */
const FICKLE: readonly SubscriberOptions[] = [
  {
    identifier: "fickle",
    version: 5,
    subscriptions: [
      { filter: "load/0/#", qos: 2, identifier: 1 },
      { filter: "load/1/+/a", qos: 2, identifier: 2 },
      { filter: "load/1/2/b", qos: 1, identifier: 268_435_455 },
    ],
  },
  {
    identifier: "fickle-4",
    version: 4,
    subscriptions: [
      { filter: "load/2/1/a", qos: 1 },
      { filter: "load/2/2/+", qos: 2 },
    ],
  },
  // Nothing but its own UNSUBACKs makes it wait for the disk.
  {
    identifier: "fickle-at-1",
    version: 5,
    subscriptions: [
      { filter: "load/3/1/a", qos: 1 },
      { filter: "load/3/2/a", qos: 1 },
    ],
  },
];

/** Who takes part. */
export interface Cast {
  readonly publishers: readonly Publisher[];
  readonly steady: readonly Subscriber[];
  readonly fleeting: readonly Subscriber[];
  readonly fickle: readonly Subscriber[];
  readonly subscribers: readonly Subscriber[];
  readonly streams: readonly Stream[];
  /** Came for the first time in this round, or the one before. They do nothing but look for their sessions. */
  visitors: readonly Subscriber[];
}

/** Somebody who never was there before. */
export function createVisitor(trial: Trial): Subscriber {
  return new Subscriber(trial, { identifier: `visitor-${trial.tick()}`, version: 5, subscriptions: [] }, []);
}

function createPublisher(trial: Trial, index: number): Publisher {
  const version = index % 2 === 0 ? 5 : 4;
  const first = new Stream(`load/${index}/1/a`, 1, version);
  const others = [
    new Stream(`load/${index}/1/b`, 1, version),
    new Stream(`load/${index}/2/a`, 2, version),
    new Stream(`load/${index}/2/b`, 2, version),
    new Stream(`kept/${index}/1`, 1, version, true),
    new Stream(`kept/${index}/2`, 2, version, true),
  ];
  return new Publisher(trial, { identifier: `publisher-${index}`, version }, [first, ...others]);
}

export function createCast(trial: Trial): Cast {
  const publishers = [0, 1, 2, 3].map((index) => createPublisher(trial, index));
  const streams = publishers.flatMap((publisher) => publisher.streams);
  const all = (options: readonly SubscriberOptions[]) => options.map((each) => new Subscriber(trial, each, streams));
  const [steady, fleeting, fickle] = [all(STEADY), all(FLEETING), all(FICKLE)];
  const subscribers = [...steady, ...fleeting, ...fickle];
  return { publishers, steady, fleeting, fickle, subscribers, streams, visitors: [] };
}
