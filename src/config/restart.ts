import { isDeepStrictEqual } from "node:util";
import type { BrokerOptions } from "./options.ts";

/** What of changed options has no effect on a broker that runs, beside its listeners and limits; in words for the log. */
export function needsRestart(started: BrokerOptions, changed: BrokerOptions): string[] {
  const fixed: [name: string, of: (options: BrokerOptions) => unknown][] = [
    ["persistence", ({ persistence }) => persistence],
    ["directIo", ({ directIo = true }) => directIo],
    ["authentication.passwords", ({ authentication }) => authentication?.passwords],
    ["authentication.guard", ({ authentication }) => authentication?.guard],
  ];
  const different = fixed.filter(([, of]) => !isDeepStrictEqual(of(started), of(changed)));
  return different.map(([name]) => `${name} stays as it was`);
}
