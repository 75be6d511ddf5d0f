import { setImmediate as turnEnd } from "node:timers/promises";
import { expect, test } from "vitest";
import { FrameGatherer } from "../../../src/transport/websocket/frame-gatherer.ts";

/** What the sinks were handed, in order: the sink's name, then the text. */
function sinks() {
  const chunks: [string, string][] = [];
  const sink = (name: string) => ({ onPayload: (bytes: Buffer) => void chunks.push([name, bytes.toString("latin1")]) });
  return { chunks, sink };
}

function payload(text: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(text, "latin1")).buffer;
}

test("frames of one client within a turn are one chunk at its end", async () => {
  const gatherer = new FrameGatherer();
  const { chunks, sink } = sinks();
  const one = sink("one");
  for (const text of ["a", "", "bc", "d"]) gatherer.add(one, payload(text));
  expect(chunks).toEqual([]);
  await turnEnd();
  expect(chunks).toEqual([["one", "abcd"]]);
  gatherer.add(one, payload("e"));
  await turnEnd();
  expect(chunks).toEqual([
    ["one", "abcd"],
    ["one", "e"],
  ]);
});

test("frames of several clients are handed on in the order in which they came", async () => {
  const gatherer = new FrameGatherer();
  const { chunks, sink } = sinks();
  const [one, other] = [sink("one"), sink("other")];
  gatherer.add(one, payload("a"));
  gatherer.add(one, payload("b"));
  gatherer.add(other, payload("c"));
  expect(chunks).toEqual([["one", "ab"]]);
  gatherer.add(one, payload("d"));
  await turnEnd();
  expect(chunks).toEqual([
    ["one", "ab"],
    ["other", "c"],
    ["one", "d"],
  ]);
});

test("a long frame, and one that finds the buffer full, keep their place", async () => {
  const gatherer = new FrameGatherer();
  const { chunks, sink } = sinks();
  const one = sink("one");
  const long = "x".repeat(100_000);
  gatherer.add(one, payload("a"));
  gatherer.add(one, payload(long));
  expect(chunks).toEqual([
    ["one", "a"],
    ["one", long],
  ]);
  const part = "y".repeat(16_384);
  for (let i = 0; i < 9; i++) gatherer.add(one, payload(part));
  await turnEnd();
  expect(chunks.slice(2).map(([, text]) => text.length)).toEqual([8 * 16_384, 16_384]);
});

test("what a client is handed may end it, and what it is handed next stays whole", async () => {
  const gatherer = new FrameGatherer();
  const { chunks, sink } = sinks();
  const other = sink("other");
  // As when the connection is closed over what came in it: its close hands on what is left, which is nothing.
  const one = {
    onPayload(bytes: Buffer) {
      gatherer.end(one);
      chunks.push(["one", bytes.toString("latin1")]);
    },
  };
  gatherer.add(one, payload("a"));
  gatherer.add(other, payload("b"));
  await turnEnd();
  expect(chunks).toEqual([
    ["one", "a"],
    ["other", "b"],
  ]);
});

test("a client that ends is handed what is left of its own, and nobody else is", async () => {
  const gatherer = new FrameGatherer();
  const { chunks, sink } = sinks();
  const [one, other] = [sink("one"), sink("other")];
  gatherer.add(one, payload("a"));
  gatherer.end(other);
  expect(chunks).toEqual([]);
  gatherer.end(one);
  await turnEnd();
  expect(chunks).toEqual([["one", "a"]]);
});
