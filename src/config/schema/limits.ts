import type { z } from "zod";
import { LIMITS, type Limit } from "../limit-table.ts";
import { LIMIT_DEFAULTS, LIMIT_RANGES, type Limits, type NumericLimit } from "../limits.ts";
import { duration, type Range, section, size, trueOrFalse, wholeNumber } from "./types.ts";

function numberSchema(kind: Limit["kind"], range: Range): z.ZodType<number, number | string> {
  if (kind === "bytes") return size(range);
  if (kind === "milliseconds") return duration("ms", range);
  return kind === "seconds" ? duration("s", range) : wholeNumber(range);
}

function limitSchema(name: keyof Limits): z.ZodType {
  const { kind, description } = LIMITS[name];
  const value = LIMIT_DEFAULTS[name];
  if (typeof value === "boolean") return trueOrFalse().prefault(value).describe(description);
  return numberSchema(kind, LIMIT_RANGES[name as NumericLimit])
    .prefault(value)
    .describe(description);
}

type LimitShape = { [Name in keyof Limits]: z.ZodPrefault<z.ZodType<Limits[Name]>> };

const LIMIT_NAMES = Object.keys(LIMITS) as (keyof Limits)[];
const limitShape = Object.fromEntries(LIMIT_NAMES.map((name) => [name, limitSchema(name)])) as LimitShape;

export const limitsSchema = section(limitShape).prefault({}).describe("what the broker takes and keeps at the most");
