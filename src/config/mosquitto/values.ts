/** Values as Mosquitto writes them. Each tells by a `ValueError` what is allowed. */

export class ValueError extends Error {}

/** Mosquitto's "no limit". */
export type Count = number | "unlimited";

/** Of a value that is one word; Mosquitto takes a comment behind it. */
function word(value: string): string {
  const [first = "", next = "#"] = value.split(/\s+/);
  if (next.startsWith("#")) return first;
  throw new ValueError(`"${next}" stands behind the value`);
}

export function readSwitch(text: string): boolean {
  const value = word(text);
  if (value === "true" || value === "1") return true;
  if (value === "false" || value === "0") return false;
  throw new ValueError("give true or false");
}

export function readText(value: string): string {
  if (value === "") throw new ValueError("a value is missing");
  return value;
}

export function readNumber(text: string, least: number, most: number): number {
  const value = word(text);
  const number = Number(value);
  if (/^-?\d+$/.test(value) && number >= least && number <= most) return number;
  throw new ValueError(`give a whole number from ${least} to ${most}`);
}

/** @param none what stands for no limit, as 0 or -1 */
export function readCount(value: string, none: number): Count {
  const number = readNumber(value, Math.min(none, 0), Number.MAX_SAFE_INTEGER);
  return number === none ? "unlimited" : number;
}

export function readOneOf<const Names extends readonly string[]>(text: string, names: Names): Names[number] {
  const value = word(text);
  const found = names.find((name) => name === value);
  if (found === undefined) throw new ValueError(`give one of ${names.join(", ")}`);
  return found;
}

const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  h: 3_600,
  d: 86_400,
  w: 604_800,
  m: 2_592_000,
  y: 31_536_000,
};

/** As in `14d`: `m` is a month of 30 days. In seconds. */
export function readExpiration(value: string): number {
  const [, digits = "", unit = ""] = /^(\d+)([shdwmy])$/.exec(word(value)) ?? [];
  const seconds = Number(digits) * (SECONDS[unit] ?? 0);
  if (seconds === 0) throw new ValueError("give a whole number from 1 and one of h, d, w, m and y, as in 14d");
  return seconds;
}
