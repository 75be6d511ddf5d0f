import { expect, it } from "vitest";
import { Audience, audit } from "./audit.ts";
import { Stream } from "./stream.ts";
import { Subscription } from "./subscription.ts";

const CONNECTION = 1;

/** A stream, subscriptions to it, and what happens to them, each thing later than the one before. */
class Story {
  readonly stream: Stream;
  readonly subscriptions: readonly Subscription[];
  #tick = 0;

  constructor(qos: 1 | 2, filters: readonly string[]) {
    this.stream = new Stream("a/b", qos, 5);
    this.subscriptions = filters.map((filter) => new Subscription({ filter, qos }, [this.stream]));
  }

  subscribe(index = 0): void {
    this.subscriptions[index]?.request(++this.#tick);
    this.subscriptions[index]?.onSuback(++this.#tick);
  }

  unsubscribe(): void {
    this.subscriptions[0]?.cancel(++this.#tick);
    this.subscriptions[0]?.onUnsuback(++this.#tick);
  }

  send(): number {
    return this.stream.send(++this.#tick, 1).number;
  }

  acknowledge(number: number): void {
    const message = this.stream.message(number);
    if (message !== undefined) this.stream.acknowledge(message, ++this.#tick);
  }

  publish(count = 1): void {
    for (let i = 0; i < count; i++) this.acknowledge(this.send());
  }

  take(number: number, connection = CONNECTION, index = 0): string | undefined {
    return this.subscriptions[index]?.take(this.stream, number, this.stream.qos, connection);
  }

  get audit(): string[] {
    return audit(new Audience("somebody", this.subscriptions));
  }
}

function started(qos: 1 | 2, filters: readonly string[] = ["a/#"]): Story {
  const story = new Story(qos, filters);
  for (const index of filters.keys()) story.subscribe(index);
  return story;
}

it("misses an acknowledged message", () => {
  const story = started(1);
  story.publish(3);
  story.take(1);
  story.take(3);
  expect(story.audit).toEqual(["somebody never got of a/b: 2 (sent in round 1, acknowledged)"]);
});

it("misses no message without an acknowledgement, from before the SUBACK or from after the UNSUBSCRIBE", () => {
  const story = new Story(1, ["a/#"]);
  story.publish();
  story.subscribe();
  story.send();
  story.unsubscribe();
  story.publish();
  expect(story.audit).toEqual([]);
});

it("sees a QoS 2 message that comes twice, be it after everything else was forgotten", () => {
  const story = started(2);
  story.publish();
  expect(story.take(1)).toBeUndefined();
  expect(story.take(1, CONNECTION + 1)).toMatch(/once more/);
  story.stream.forget();
  story.subscriptions[0]?.forget();
  expect(story.take(1, CONNECTION + 2)).toMatch(/once more/);
});

it("allows a QoS 1 message to come again in another connection, or when it was sent again", () => {
  const story = started(1);
  story.publish();
  expect(story.take(1)).toBeUndefined();
  expect(story.take(1, CONNECTION + 1)).toBeUndefined();
  expect(story.take(1, CONNECTION + 1)).toMatch(/came 2 times in one connection and was sent 1 times/);
  const again = started(1);
  const message = again.stream.send(100, 1);
  message.sends = 2;
  again.take(1);
  expect(again.take(1)).toBeUndefined();
});

it("sees a message that comes behind a later one", () => {
  const story = started(1);
  story.publish(2);
  story.take(2);
  expect(story.take(1)).toBe("came behind 2");
});

it("sees a message that comes by a subscription that ended, or was not made yet, or that nobody sent", () => {
  const story = new Story(1, ["a/#"]);
  story.publish();
  story.subscribe();
  expect(story.take(1)).toMatch(/not there/);
  story.unsubscribe();
  story.publish();
  expect(story.take(2)).toMatch(/not there/);
  expect(story.take(3)).toMatch(/never sent/);
});

it("wants a message of a shared subscription to come to one member, and one of QoS 2 to one only", () => {
  const story = started(2, ["$share/group/a/#", "$share/group/a/#"]);
  story.publish(3);
  story.take(2);
  story.take(1, CONNECTION, 1);
  expect(story.audit).toEqual(["somebody never got of a/b: 3 (sent in round 1, acknowledged)"]);
  story.take(3);
  story.take(2, CONNECTION, 1);
  expect(story.audit).toEqual(["several members of somebody got of a/b: 2 (sent in round 1, acknowledged)"]);
});
