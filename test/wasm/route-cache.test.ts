import { beforeEach, describe, expect, test } from "vitest";
import { FRAME_END, FRAME_MORE, OUT_OF_MEMORY, WILDCARD_IN_TOPIC_NAME } from "../../assembly/shared/status.ts";
import { Core } from "../../src/wasm/core.ts";
import { KnownTopic } from "../../src/wasm/known-topic.ts";
import { BUILDS, mustSubscribe, recordRoutes, utf8 } from "../support/cores.ts";
import { publish } from "../support/packets.ts";

describe.each(BUILDS)("the route cache of the %s build", (_, options) => {
  let core: Core;
  beforeEach(() => {
    core = Core.create(options);
  });

  const packet = (topic: string) => publish({ version: 4, topic, payload: "x" });

  /** Frames a chunk to its end, calls `check` with each record, and answers how many calls that took. */
  function frameAll(chunk: Uint8Array, check: (record: number) => void): number {
    core.load(chunk);
    for (let from = 0, calls = 1; ; calls++) {
      const count = core.frame(from, 4, 1 << 20);
      for (let i = 0; i < count; i++) check(i);
      if (core.status === FRAME_END) return calls;
      expect(core.status).toBe(FRAME_MORE);
      expect(core.consumed).toBeGreaterThan(from);
      from = core.consumed;
    }
  }

  function topicOf(chunk: Uint8Array, i: number): string {
    const { records } = core;
    return Buffer.from(chunk.subarray(records.topic(i), records.topic(i) + records.topicLength(i))).toString();
  }

  test("forgets what a new subscription or a removed one changed", () => {
    const chunk = Buffer.concat([packet("a/b"), packet("a/b")]);
    const seen: number[][] = [];
    const frame = () => frameAll(chunk, (i) => seen.push(recordRoutes(core, i)));
    frame();
    const first = mustSubscribe(core, "a/+", 1);
    frame();
    const second = mustSubscribe(core, "a/#", 1);
    frame();
    expect(core.records.routesOverlap(1)).toBe(true);
    core.unsubscribe(first);
    frame();
    expect(core.records.routesOverlap(1)).toBe(false);
    expect(seen).toEqual([[], [], [first], [first], [first, second], [first, second], [second], [second]]);
  });

  test("a known topic gives what matching it gives, while the ring turns over and subscriptions come and go", () => {
    const everything = Array.from({ length: 200 }, (_, target) => mustSubscribe(core, "#", target));
    const known = Array.from({ length: 20 }, (_, i) => new KnownTopic(utf8(`known/${i}`)));
    let cold = 0;
    let own = 0;
    for (let step = 0; step < 400; step++) {
      const topic = known[(step * 7) % known.length] ?? new KnownTopic(utf8("none"));
      if (step % 3 === 0) {
        // 300 lists of more than 800 bytes: the ring of 4 MiB turns over every 17 times.
        const chunk = Buffer.concat(Array.from({ length: 300 }, () => packet(`cold/${cold++}`)));
        frameAll(chunk, (i) => {
          if (i !== 0) return;
          expect(core.matchKnown(topic)).toBe(0);
          expect(recordRoutes(core, i).length).toBe(200);
        });
      }
      if (step % 40 === 10) own = mustSubscribe(core, "known/+", 500);
      if (step % 40 === 30) core.unsubscribe(own);
      expect(core.matchKnown(topic)).toBe(0);
      const routes = Array.from({ length: core.matchCount }, (_, i) => core.routeAt(core.matchRoutes + i));
      const isOwn = step % 40 >= 10 && step % 40 < 30;
      expect(routes.sort((a, b) => a - b)).toEqual((isOwn ? [...everything, own] : everything).sort((a, b) => a - b));
    }
    expect(core.matchKnown(new KnownTopic(utf8("a/#")))).toBe(WILDCARD_IN_TOPIC_NAME);
  });

  test("routes that the ring has no room for are given for a known topic, too, and leave the records alone", () => {
    const count = 150_000;
    for (let target = 0; target < count; target++) mustSubscribe(core, "many", target);
    const many = new KnownTopic(utf8("many"));
    const one = mustSubscribe(core, "one", 1);
    frameAll(Buffer.concat([packet("one"), packet("many")]), (i) => {
      if (i === 0) {
        expect(core.matchKnown(many)).toBe(0);
        expect(core.matchCount).toBe(count);
        expect(recordRoutes(core, 0)).toEqual([one]);
      }
    });
    expect(core.matchKnown(many)).toBe(0);
    expect(core.matchCount).toBe(count);
  });

  test("a known topic whose routes there is no memory for never gets those of another", () => {
    const small = Core.create({ ...options, maximumMemory: 8 << 20 });
    mustSubscribe(small, "one", 0);
    let targets = 0;
    while (small.subscribe(utf8("many"), targets) > 0) targets++;
    const many = new KnownTopic(utf8("many"));
    expect(small.matchKnown(new KnownTopic(utf8("one")))).toBe(0);
    expect([small.matchKnown(many), small.matchCount]).toEqual([OUT_OF_MEMORY, 0]);
    expect([small.matchKnown(many), small.matchCount]).toEqual([OUT_OF_MEMORY, 0]);
  });

  test("lap and routes stand for one topic name for ever, while the ring turns over and subscriptions come and go", () => {
    for (let target = 0; target < 200; target++) mustSubscribe(core, "#", target);
    const names = new Map<string, string>();
    let own = 0;
    for (let step = 0; step < 60; step++) {
      // Lists of more than 800 bytes: the ring of 4 MiB turns over some three times; some topics come again.
      const topics = Array.from({ length: 300 }, (_, i) => (i % 10 === 0 ? `known/${i}` : `cold/${step % 40}/${i}`));
      const chunk = Buffer.concat(topics.map(packet));
      frameAll(chunk, (i) => {
        const { records } = core;
        expect(records.lap(i)).toBeGreaterThan(0);
        const mark = `${records.lap(i)} ${records.routes(i)}`;
        const name = topicOf(chunk, i);
        expect(names.get(mark) ?? name).toBe(name);
        names.set(mark, name);
      });
      if (step % 20 === 5) own = mustSubscribe(core, "known/+", 500);
      if (step % 20 === 15) core.unsubscribe(own);
    }
    expect(new Set([...names.keys()].map((mark) => mark.split(" ")[0])).size).toBeGreaterThan(2);
  });

  test("there is no lap where the routes are in a list that is used again, or there is no topic name", () => {
    for (let target = 0; target < 150_000; target++) mustSubscribe(core, "many", target);
    frameAll(packet("many"), (i) => expect(core.records.lap(i)).toBe(0));
    const aliased = publish({ version: 5, topic: "", payload: "x", properties: { topicAlias: 1 } });
    core.load(Buffer.concat([publish({ version: 5, topic: "a", payload: "x" }), aliased]));
    expect(core.frame(0, 5, 1 << 20)).toBe(2);
    expect(core.records.lap(0)).toBeGreaterThan(0);
    expect(core.records.lap(1)).toBe(0);
  });

  test("gives the right routes for far more topic names than it has slots, twice over", () => {
    const entries = Array.from({ length: 100 }, (_, i) => mustSubscribe(core, `+/${i}`, i));
    const topics = Array.from({ length: 30_000 }, (_, i) => `${i}/${i % 101}`);
    for (let round = 0; round < 2; round++) {
      let count = 0;
      const chunk = Buffer.concat(topics.map(packet));
      frameAll(chunk, (i) => {
        const entry = entries[Number(topicOf(chunk, i).split("/")[1])];
        expect(recordRoutes(core, i)).toEqual(entry === undefined ? [] : [entry]);
        count++;
      });
      expect(count).toBe(topics.length);
    }
  });

  test.each([1, 2, 3])(
    "the ring filled to its last byte harms nothing beside it, with %i routes a topic name",
    (routes) => {
      const entries = Array.from({ length: routes }, (_, i) => mustSubscribe(core, "+/+", i));
      const chunk = Buffer.concat(Array.from({ length: 1000 }, () => packet("x/0123456789")));
      const numberAt = Array.from({ length: 1000 }, (_, i) => (chunk.length / 1000) * i + 6);
      // More than 4 MiB of lists and topic names, of a size that divides 4 MiB for one of these numbers of routes.
      for (let first = 0; first < 300_000; first += 1000) {
        for (const [i, at] of numberAt.entries()) chunk.write(String(first + i).padStart(10, "0"), at);
        let found = 0;
        frameAll(chunk, (i) => {
          found += core.records.routeCount(i);
        });
        expect(found).toBe(routes * 1000);
        expect(recordRoutes(core, 0)).toEqual(entries);
      }
      for (let target = routes; target < 5000; target++) entries.push(mustSubscribe(core, "+/+", target));
      frameAll(packet("y/z"), (i) => expect(recordRoutes(core, i)).toEqual(entries));
    },
  );

  test("no list of a call is overwritten by a later one of that call, however often the ring goes round", () => {
    for (let target = 0; target < 5000; target++) mustSubscribe(core, "big/#", target);
    const one = mustSubscribe(core, "small/+", 1);
    expect(core.match(utf8("big/x"))).toBe(0);
    const big = Array.from({ length: 5000 }, (_, i) => core.routeAt(core.matchRoutes + i));
    const topics = Array.from({ length: 1500 }, (_, i) => (i % 3 === 0 ? `small/${i % 7}` : `big/${i % 400}`));
    const chunk = Buffer.concat(topics.map(packet));
    const calls = frameAll(chunk, (i) => {
      const expected = topicOf(chunk, i).startsWith("big") ? big : [one];
      const routes = core.records.routes(i);
      expect(core.records.routeCount(i)).toBe(expected.length);
      expect(expected.every((entry, k) => core.routeAt(routes + k) === entry)).toBe(true);
    });
    // 20 KB a list and at most 2 MB of lists a call.
    expect(calls).toBeGreaterThanOrEqual(8);
  });

  test("a list too big for the ring ends the call, and stays while the host matches something else", () => {
    const targets = 150_000;
    for (let target = 0; target < targets; target++) mustSubscribe(core, "huge", target);
    const other = mustSubscribe(core, "other", 1);
    const counts: number[] = [];
    const chunk = Buffer.concat([packet("other"), packet("huge"), packet("huge"), packet("other")]);
    const calls = frameAll(chunk, (i) => {
      expect(core.match(utf8("other"))).toBe(0);
      const routes = recordRoutes(core, i);
      expect(new Set(routes).size).toBe(routes.length);
      expect(core.records.routesOverlap(i)).toBe(false);
      expect(routes.includes(other)).toBe(topicOf(chunk, i) === "other");
      counts.push(routes.length);
    });
    expect(counts).toEqual([1, targets, targets, 1]);
    expect(calls).toBe(3);
  });

  test("an overlap is seen across filters, also in a long list", () => {
    for (let target = 0; target < 20_000; target++) mustSubscribe(core, "x/#", target);
    const routed = () => {
      frameAll(packet("x"), () => undefined);
      return [core.records.routeCount(0), core.records.routesOverlap(0)];
    };
    expect(routed()).toEqual([20_000, false]);
    const apart = mustSubscribe(core, "x", 20_000);
    expect(routed()).toEqual([20_001, false]);
    core.unsubscribe(apart);
    mustSubscribe(core, "x", 0);
    expect(routed()).toEqual([20_001, true]);
  });
});
