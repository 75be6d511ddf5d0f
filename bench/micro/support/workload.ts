/**
 * The filters and topic names of two kinds of installation.
 *
 * - A fleet: 100 sites, one device per 100 filters; three levels; 90 % of the filters exact, 5 % with `+`, 5 % with `#`; one or two matches a topic name.
 * - A plant: 100 filters a line, lines of ten machines; six levels; 70 % exact, 15 % with `+`, 15 % with `#`; three or four matches a topic
 *   name: a reader of the sensor, those of the machine, overviews of the line.
 */

const MEASURES = ["temperature", "humidity", "state", "config/in"] as const;

function measure(i: number): string {
  return MEASURES[i % MEASURES.length] ?? "";
}

/** Spreads consecutive numbers. */
function scatter(i: number): number {
  return Math.imul(i + 1, 0x9e3779b1) >>> 8;
}

/** Of the fleet. */
export function filter(i: number): string {
  const site = `site${i % 100}`;
  const device = `device${Math.floor(i / 100)}`;
  const kind = scatter(i) % 20;
  if (kind === 0 && i < 1000) return `${site}/+/temperature`;
  if (kind === 1) return `${site}/${device}/#`;
  if (kind === 2) return `+/${device}/state`;
  return `${site}/${device}/${measure(scatter(i) >>> 5)}`;
}

/** A topic name of the device of some filter of the fleet below `filters`. */
function topic(i: number, filters: number): string {
  const j = scatter(i) % filters;
  return `site${j % 100}/device${Math.floor(j / 100)}/${measure(scatter(i) >>> 5)}`;
}

export function topics(count: number, filters: number): string[] {
  return Array.from({ length: count }, (_, i) => topic(i, filters));
}

/** Of the line that a filter of the plant is about: area and line. */
function lineOf(i: number): string {
  const line = Math.floor(i / 100);
  return `acme/area${Math.floor(line / 20)}/line${line}`;
}

/** Of the plant: machine i of the ten of a line has seven exact filters and three with wildcards. */
function plantFilter(i: number): string {
  const line = lineOf(i);
  const machine = `machine${Math.floor(i / 10) % 10}`;
  const which = i % 10;
  if (which < 7) return `${line}/${machine}/sensor${which}/value`;
  if (which === 7) return `${line}/${machine}/#`;
  if (which === 8) return `${line}/${machine}/+/value`;
  // Ten a line: five that see the whole line, one of them a `+` for each sensor.
  const overview = Math.floor(i / 10) % 10;
  return overview < 5 ? `${line}/+/sensor${overview}/value` : `${line}/+/+/alarm${overview}/#`;
}

function plantTopics(count: number, filters: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const j = scatter(i) % filters;
    return `${lineOf(j)}/machine${Math.floor(j / 10) % 10}/sensor${(scatter(i) >>> 5) % 7}/value`;
  });
}

export interface Workload {
  readonly name: string;
  filter(i: number): string;
  topics(count: number, filters: number): string[];
}

export const FLEET: Workload = { name: "fleet", filter, topics };
export const PLANT: Workload = { name: "plant", filter: plantFilter, topics: plantTopics };
