import { beforeEach, describe, expect, test } from "vitest";
import type { Core } from "../../src/wasm/core.ts";
import { BUILDS, inUse, utf8, warmCore } from "../support/cores.ts";

describe.each(BUILDS)("the retained walk of the %s build", (_, options) => {
  let core: Core;
  beforeEach(() => {
    core = warmCore(options);
  });

  const retain = (topic: string) => core.retain(utf8(topic));

  /** The numbers of entries that each call gives until the walk is over. */
  function walkAll(filter: string, step: number): number[] {
    const cursor = core.openWalk(utf8(filter));
    const counts: number[] = [];
    do counts.push(core.walk(cursor, new Uint32Array(step)));
    while (!core.walkFinished);
    core.closeWalk(cursor);
    return counts;
  }

  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

  test("a filter that finds nothing among many topic names gives control back again and again", () => {
    const topics = 50_000;
    for (let i = 0; i < topics; i++) retain(`${i}/y`);
    const counts = walkAll("+/x", 100);
    expect(sum(counts)).toBe(0);
    expect(counts.length).toBeGreaterThan(topics / 100 / 16);
    expect(walkAll("+/y", 1024).every((count) => count <= 1024)).toBe(true);
    expect(sum(walkAll("+/y", 1024))).toBe(topics);
    expect(walkAll("777/y", 1024)).toEqual([1]);
  });

  test("gives control back among topic names that start with $, and gives none of them to # [MQTT-4.7.2-1] [MQTT-4.7.2-1 of 3.1.1]", () => {
    for (let i = 0; i < 10_000; i++) retain(`$SYS${i}`);
    retain("plain");
    const counts = walkAll("#", 10);
    expect(sum(counts)).toBe(1);
    expect(counts.length).toBeGreaterThan(10_000 / 10 / 16);
    expect(sum(walkAll("$SYS5/#", 10))).toBe(1);
  });

  test("the topic name where a cursor stands may go, with all others, and the memory comes back when the cursor closes", () => {
    const before = inUse(core);
    const entries = new Set(Array.from({ length: 100 }, (_, i) => retain(`a/b/${i}`)));
    const cursors = Array.from({ length: 50 }, () => core.openWalk(utf8("a/#")));
    const out = new Uint32Array(1);
    for (const cursor of cursors) while (core.walk(cursor, out) === 0);
    for (const entry of entries) core.forgetRetained(entry);
    expect(core.statistics.retainedEntries).toBe(0);
    expect(core.statistics.retainedNodes).toBeGreaterThan(0);
    for (const cursor of cursors) {
      expect(core.walk(cursor, out)).toBe(0);
      expect(core.walkFinished).toBe(true);
      core.closeWalk(cursor);
    }
    expect(inUse(core)).toEqual(before);
  });

  test("a topic name retained twice keeps its entry, and wildcards are none", () => {
    const entry = retain("a/b");
    expect(retain("a/b")).toBe(entry);
    expect(core.findRetained(utf8("a/b"))).toBe(entry);
    expect(core.findRetained(utf8("a"))).toBe(0);
    expect(core.findRetained(utf8("a/+"))).toBe(0);
    expect(core.findRetained(utf8("a/#"))).toBe(0);
    core.forgetRetained(entry);
    core.forgetRetained(entry);
    expect(core.statistics.retainedEntries).toBe(0);
  });
});
