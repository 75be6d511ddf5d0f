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
  return [...different.map(([name]) => `${name} stays as it was`), ...frameSize(started, changed)];
}

/** uWebSockets.js is told once how large a frame may be. */
function frameSize({ limits: before, listeners = [] }: BrokerOptions, { limits: after }: BrokerOptions): string[] {
  const isSame = before?.maximumPacketSize === after?.maximumPacketSize;
  const hasWebSocket = listeners.some(({ protocol }) => protocol === "ws");
  return isSame || !hasWebSocket ? [] : ["limits.maximumPacketSize stays as it was for frames of WebSocket listeners"];
}
