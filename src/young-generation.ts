import { setFlagsFromString } from "node:v8";

/**
 * Keeps V8's young generation as small as it is now. By itself it grows up to 33 MB while clients connect or send, which brings them nothing and counts
 * as memory of each idle client. A thread that begins undoes it for all of the process: say it again then. Sizes that Node.js was started with hold.
 */
export function keepYoungGeneration(): void {
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ""];
  if (given.some((option) => /semi[-_]space/.test(option))) return;
  setFlagsFromString("--semi-space-growth-factor=1");
}
