import { Core } from "../../src/wasm/core.ts";
import { isTopicName, isTopicNameByLoop } from "./baselines/js-validate.ts";
import type { MicroBenchmark } from "./support/comparison.ts";
import { topics } from "./support/workload.ts";

const KINDS: readonly (readonly [string, (name: string) => string])[] = [
  ["ASCII, 24 bytes", (name) => name],
  ["Japanese, 60 bytes", (name) => `${name}/工場の第三ラインの温度`],
  ["ASCII, 200 bytes", (name) => name.padEnd(200, "x")],
];

export const validation: MicroBenchmark = {
  id: "validation",
  title: "is it a topic name (UTF-8, no U+0000, no wildcard, not too many levels)? Ours: copied in, one call each",
  hasSizes: false,
  *comparisons() {
    const core = Core.create();
    for (const [title, form] of KINDS) {
      const names = topics(1000, 1000).map((name) => Buffer.from(form(name)));
      yield {
        title,
        operations: names.length,
        contenders: [
          { name: "core", run: () => expectAll(names, (name) => core.checkTopicName(name) === 0) },
          { name: "JS: isUtf8 and a loop", run: () => expectAll(names, (name) => isTopicName(name, 0, name.length)) },
          {
            name: "JS: a loop, isUtf8 where it is not ASCII",
            run: () => expectAll(names, (name) => isTopicNameByLoop(name, 0, name.length)),
          },
        ],
      };
    }
  },
};

function expectAll(names: readonly Buffer[], isValid: (name: Buffer) => boolean): void {
  for (const name of names) if (!isValid(name)) throw new Error(`${name} was refused`);
}
