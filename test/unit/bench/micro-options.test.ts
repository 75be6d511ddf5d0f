import { describe, expect, it } from "vitest";
import { readOptions } from "../../../bench/micro/support/options.ts";

const IDS = ["match", "encode"];

describe("the options of the micro benchmarks", () => {
  it("are all benchmarks at three sizes unless said otherwise", () => {
    const { only, sizes, help } = readOptions([], IDS);
    expect({ only, sizes, help }).toEqual({ only: undefined, sizes: [1000, 100_000, 1_000_000], help: false });
  });

  it("say which, how large and for how long", () => {
    const options = readOptions(
      ["--only", "encode,match", "--sizes", "10,20", "--seconds", "0.5", "--rounds", "3"],
      IDS,
    );
    expect(options).toEqual({ only: ["encode", "match"], sizes: [10, 20], seconds: 0.5, rounds: 3, help: false });
  });

  it.each([
    [["--only", "mach"], /"mach" is none of them/],
    [["--sizes", "many"], /--sizes takes numbers from 1 on, not "many"/],
    [["--rounds", "0"], /--rounds takes numbers from 1 on/],
    [["--fast"], /--fast/],
    [["1000"], /1000/],
  ])("refuse %j", (args, message) => {
    expect(() => readOptions(args, IDS)).toThrow(message);
  });
});
