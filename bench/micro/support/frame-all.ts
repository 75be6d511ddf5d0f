import { FRAME_END } from "../../../assembly/shared/status.ts";
import type { Core } from "../../../src/wasm/core.ts";

/** Takes a chunk of whole packets of MQTT 3.1.1 through the core; returns how many routes its packets have. */
export function frameAll(core: Core, chunk: Uint8Array): number {
  core.load(chunk);
  let routes = 0;
  for (let from = 0; ; from = core.consumed) {
    const count = core.frame(from, 4, 1 << 20);
    for (let i = 0; i < count; i++) routes += core.records.routeCount(i);
    if (core.status === FRAME_END) return routes;
  }
}
