import { Core, type CoreOptions, type CoreStatistics } from "../../src/wasm/core.ts";

/** The builds that every test of the core runs on. */
export const BUILDS: readonly (readonly [name: string, options: CoreOptions])[] = [
  ["release", {}],
  ["debug", { debug: true }],
];

export function utf8(text: string): Buffer {
  return Buffer.from(text, "utf8");
}

/** Adds a target at a filter that the core must accept. */
export function mustSubscribe(core: Core, filter: string, target: number): number {
  const entry = core.subscribe(utf8(filter), target);
  if (entry <= 0) throw new Error(`"${filter}" was refused with status ${-entry}`);
  return entry;
}

/** The entries that match a topic name which the core must accept, sorted. */
export function matchedEntries(core: Core, topic: string): number[] {
  const status = core.match(utf8(topic));
  if (status !== 0) throw new Error(`"${topic}" was refused with status ${status}`);
  return routesAt(core, core.matchRoutes, core.matchCount);
}

/** The routes of a record, sorted. */
export function recordRoutes(core: Core, i: number): number[] {
  return routesAt(core, core.records.routes(i), core.records.routeCount(i));
}

function routesAt(core: Core, first: number, count: number): number[] {
  return Array.from({ length: count }, (_, k) => core.routeAt(first + k)).sort((a, b) => a - b);
}

/** A core that has allocated what its first subscription and its first retained topic name need for good. */
export function warmCore(options: CoreOptions): Core {
  const core = Core.create(options);
  core.unsubscribe(mustSubscribe(core, "a", 0));
  core.forgetRetained(core.retain(utf8("a")));
  return core;
}

/** What is in use; the memory that it is in never shrinks. */
export function inUse(core: Core): Omit<CoreStatistics, "memoryBytes"> {
  const { memoryBytes: _, ...rest } = core.statistics;
  return rest;
}
