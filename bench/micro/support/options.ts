import { parseArgs } from "node:util";
import type { Effort } from "./suite.ts";

export interface Options extends Effort {
  /** Undefined: all. */
  readonly only: readonly string[] | undefined;
  readonly sizes: readonly number[];
  readonly help: boolean;
}

function numbers(text: string, option: string, smallest: number): number[] {
  const values = text.split(",").map(Number);
  if (values.every((value) => value >= smallest)) return values;
  throw new TypeError(`--${option} takes numbers from ${smallest} on, not "${text}"`);
}

/** @throws {TypeError} for what is no option, or has no such value */
export function readOptions(args: readonly string[], ids: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      sizes: { type: "string", default: "1000,100000,1000000" },
      seconds: { type: "string", default: "1" },
      rounds: { type: "string", default: "5" },
      help: { type: "boolean", default: false },
    },
  });
  const only = values.only?.split(",");
  const unknown = only?.find((id) => !ids.includes(id));
  if (unknown !== undefined) throw new TypeError(`--only takes of ${ids.join(", ")}; "${unknown}" is none of them`);
  const [seconds = 1] = numbers(values.seconds, "seconds", 0.01);
  const [rounds = 5] = numbers(values.rounds, "rounds", 1);
  const sizes = numbers(values.sizes, "sizes", 1).map(Math.floor);
  return { only, sizes, seconds, rounds: Math.floor(rounds), help: values.help };
}
