import { z } from "zod";
import { validateFilter } from "../../matcher/validate.ts";
import { isNetwork } from "../../transport/proxy/address-list.ts";
import { readDuration, readSize, type TimeUnit } from "./units.ts";

/**
 * What options are made of. Each tells by its `error` what is allowed, which follows the value in a message: "limits.receiveMaximum: 0 is not
 * allowed: give a whole number from 1 to 65535".
 */

export type Range = readonly [least: number, most: number];

/** The name of a file or directory; in a file it is relative to that file. */
const PATH_FORMAT = "path";
const OCTAL_FORMAT = "octal";

export function wholeNumber([least, most]: Range, hint = "") {
  const error = `give a whole number from ${least} to ${most}${hint}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

/** Per second. */
export function rate([least, most]: Range) {
  const error = `give a number per second from ${least} to ${most}, as in 10 or 0.5`;
  return z.number({ error }).min(least, { error }).max(most, { error });
}

export function trueOrFalse() {
  return z.boolean({ error: "give true or false" });
}

export function oneOf<const Names extends readonly [string, ...string[]]>(names: Names) {
  return z.enum(names, { error: `give one of ${names.join(", ")}` });
}

/** Of a file; written, and shown, as octal numbers are. */
export function permissions() {
  const error = "give permissions from 0 to 0o777, as in 0o660";
  return z.int({ error }).min(0, { error }).max(0o777, { error }).meta({ format: OCTAL_FORMAT });
}

/** @param what as in "the address of this machine to listen on" */
export function text(what: string) {
  const error = `give ${what}, as text`;
  return z.string({ error }).min(1, { error });
}

export function topicFilter() {
  return z.string({ error: "give a topic filter, as text" }).check(({ value, issues }) => {
    const flaw = validateFilter(value);
    if (flaw !== undefined)
      issues.push({ code: "custom", message: `give a topic filter: ${flaw.message}`, input: value });
  });
}

/** A name of a file or directory, absolute once it was read. */
export function path(what = "the path of a file") {
  return text(what).meta({ format: PATH_FORMAT });
}

/** @param what as in "a path as /mqtt" */
export function matching(pattern: RegExp, what: string) {
  return z.string({ error: `give ${what}, as text` }).regex(pattern, { error: `give ${what}` });
}

/** What nobody else may read; `ternmq config print` masks it. */
export function secret(what: string) {
  return text(what).meta({ writeOnly: true });
}

/** Comes out in the unit of the option, which is also that of a plain number. */
export function duration(unit: TimeUnit, range: Range) {
  const name = unit === "ms" ? "milliseconds" : "seconds";
  const error = `give ${name} as a whole number from ${range[0]} to ${range[1]}, or a time with a unit, as in 10s, 5m, 2h or 14d`;
  return quantity(range, /^\d+(ms|s|m|h|d|w)$/, error, (written) => readDuration(written, unit));
}

/** In bytes. */
export function size(range: Range) {
  const error = `give bytes as a whole number from ${range[0]} to ${range[1]}, or a size with a unit, as in 64KiB or 1MiB`;
  return quantity(range, /^\d+(B|kB|KB|MB|GB|KiB|MiB|GiB)$/, error, readSize);
}

function quantity(range: Range, pattern: RegExp, error: string, read: (written: string) => number) {
  const number = z.int({ error }).min(range[0], { error }).max(range[1], { error });
  return z.union([number, z.string({ error }).regex(pattern, { error })], { error }).transform((written, context) => {
    const value = typeof written === "string" ? read(written) : written;
    if (Number.isInteger(value) && value >= range[0] && value <= range[1]) return value;
    context.issues.push({ code: "custom", message: error, input: written });
    return z.NEVER;
  });
}

/** Options under one name; others than these are errors. */
export function section<Shape extends z.core.$ZodShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === "invalid_type" ? "give options, each as `name: value` on a line of its own" : undefined,
  });
}

export function networks() {
  const error = "give an address as 192.0.2.1, or a network as 10.0.0.0/8";
  return list(z.string({ error }).refine(isNetwork, { error }), "addresses");
}

export function list<Item extends z.core.SomeType>(item: Item, what: string) {
  return z.array(item, { error: `give a list of ${what}, each after a dash` });
}
