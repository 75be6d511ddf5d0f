/** The filters and topic names of a fleet: 100 sites, one device per 100 filters, mostly exact filters, some with wildcards. */

const MEASURES = ["temperature", "humidity", "state", "config/in"] as const;

function measure(i: number): string {
  return MEASURES[i % MEASURES.length] ?? "";
}

/** Spreads consecutive numbers. */
function scatter(i: number): number {
  return Math.imul(i + 1, 0x9e3779b1) >>> 8;
}

export function filter(i: number): string {
  const site = `site${i % 100}`;
  const device = `device${Math.floor(i / 100)}`;
  const kind = scatter(i) % 20;
  if (kind === 0 && i < 1000) return `${site}/+/temperature`;
  if (kind === 1) return `${site}/${device}/#`;
  if (kind === 2) return `+/${device}/state`;
  return `${site}/${device}/${measure(scatter(i) >>> 5)}`;
}

/** A topic name of the device of some filter below `filters`. */
function topic(i: number, filters: number): string {
  const j = scatter(i) % filters;
  return `site${j % 100}/device${Math.floor(j / 100)}/${measure(scatter(i) >>> 5)}`;
}

export function topics(count: number, filters: number): string[] {
  return Array.from({ length: count }, (_, i) => topic(i, filters));
}

/** Numbers of filters to measure with: those of the command line, or 1,000 and 100,000. */
export function sizes(): number[] {
  const given = process.argv.slice(2).map(Number);
  return given.length > 0 ? given : [1000, 100_000];
}
