import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { Core } from "../../src/wasm/core.ts";
import { topicFilterStatus, topicNameStatus, utf8Status } from "../model/framer.ts";
import { BUILDS } from "../support/cores.ts";

/** Pieces whose joints make every kind of flaw: borders of the sequence sizes, surrogates, overlong forms, U+0000, wildcards. */
const PIECES = [
  ...["a", "/", "+", "#", "$", "é", "日", "𝄞", "\u{10ffff}", "\u{800}", "\u{7ff}", "\u{ffff}", "abcdefgh"].map((text) =>
    Buffer.from(text),
  ),
  ...[[0], [0x80], [0xbf], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x80, 0x80], [0xe0, 0x9f, 0xbf], [0xed, 0xa0, 0x80]],
  ...[[0xed, 0x9f, 0xbf], [0xf0, 0x8f, 0xbf, 0xbf], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff]],
  ...[[0xc3], [0xe6, 0x97], [0xf0, 0x9d, 0x84], [0xe6, 0x97, 0x41], [0xf0, 0x9d, 0x84, 0x41]],
];

const bytes = fc.oneof(
  fc
    .array(fc.constantFrom(...PIECES), { maxLength: 20 })
    .map((list) => Buffer.concat(list.map((one) => Uint8Array.from(one)))),
  fc.array(fc.constantFrom("a", "/", "/", "+", "#", "é"), { maxLength: 8 }).map((list) => Buffer.from(list.join(""))),
  fc.array(fc.constantFrom("/", "a/"), { minLength: 100, maxLength: 140 }).map((list) => Buffer.from(list.join(""))),
);

describe.each(BUILDS)("validation on the %s build", (_, options) => {
  let core: Core;
  beforeAll(() => {
    core = Core.create(options);
  });

  test("strings, topic names and topic filters are refused for the flaw that the model finds", () => {
    fc.assert(
      fc.property(bytes, (text) => {
        expect(core.checkUtf8(text)).toBe(utf8Status(text));
        expect(core.checkTopicName(text)).toBe(topicNameStatus(text));
        expect(core.checkTopicFilter(text)).toBe(topicFilterStatus(text));
      }),
      { numRuns: 5000 },
    );
  });

  test("what is refused is neither subscribed, matched, retained nor walked", () => {
    // Makes room for what the calls are given, which stays.
    core.match(Buffer.from("a"));
    core.closeWalk(core.openWalk(Buffer.from("#")));
    core.unsubscribe(core.subscribe(Buffer.from("a"), 1));
    fc.assert(
      fc.property(bytes, (text) => {
        const before = core.statistics;
        const name = topicNameStatus(text);
        const filter = topicFilterStatus(text);
        fc.pre(name !== 0 && filter !== 0);
        expect(core.subscribe(text, 1)).toBe(-filter);
        expect(core.match(text)).toBe(name);
        expect(core.matchCount).toBe(0);
        expect(core.retain(text)).toBe(-name);
        expect(core.openWalk(text)).toBe(-filter);
        expect(core.findRetained(text)).toBe(0);
        expect(core.statistics).toEqual(before);
      }),
    );
  });
});
