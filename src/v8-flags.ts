import { setFlagsFromString } from "node:v8";

/** Bytes of bytecode that V8 puts together into one function; by itself it stops at 920. */
const MOST_BYTECODE = 1_840;

/**
 * Lets V8 put more of the way of a message into one piece of machine code, which saves a fifth to a third of its time (docs/adr/014-inlining.md).
 * Has to be said before much is compiled.
 */
export function inlineMore(): void {
  set("max-inlined-bytecode-size-cumulative", MOST_BYTECODE, /inlined[-_]bytecode/);
}

/**
 * Keeps V8's young generation as small as it is now. By itself it grows up to 33 MB while clients connect or send, which brings them nothing and counts
 * as memory of each idle client. A thread that begins undoes it for all of the process: say it again then.
 */
export function keepYoungGeneration(): void {
  set("semi-space-growth-factor", 1, /semi[-_]space/);
}

/** What Node.js was started with holds. */
function set(flag: string, value: number, related: RegExp): void {
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ""];
  if (!given.some((option) => related.test(option))) setFlagsFromString(`--${flag}=${value}`);
}
