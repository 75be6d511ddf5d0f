import { TernmqError } from "../errors.ts";
import {
  CLIENT_LIMIT_RANGES,
  type ClientLimitRule,
  type ListenerLimits,
  lonelyBursts,
  RATES,
  RATES_PER,
  type ValueName,
} from "./client-limits.ts";

const OF_LISTENERS_ALONE = [
  "connectionRate",
  "connectionBurst",
  "connectionRatePerAddress",
  "connectionBurstPerAddress",
];
const OF_LISTENERS = [...Object.keys(CLIENT_LIMIT_RANGES), "ratesPer"];
const SELECTORS = ["users", "groups", "clients", "addresses", "listeners"];
const OF_RULES = OF_LISTENERS.filter((name) => !OF_LISTENERS_ALONE.includes(name)).concat(SELECTORS, "anonymous");

function wrong(where: string, message: string): TernmqError {
  return new TernmqError("ERR_OPTION", `${where}: ${message}`);
}

/** For programs without types. @throws {TernmqError} ERR_OPTION */
export function checkListenerLimits(limits: ListenerLimits, where: string): void {
  check(limits, OF_LISTENERS, where);
}

/** For programs without types. @throws {TernmqError} ERR_OPTION */
export function checkClientLimitRule(rule: ClientLimitRule, where: string): void {
  check(rule, OF_RULES, where);
  const { anonymous = false } = rule;
  for (const [name, value] of Object.entries(rule)) {
    const isList = Array.isArray(value) && value.every((each) => typeof each === "string");
    if (SELECTORS.includes(name) && !isList) throw wrong(`${where}.${name}`, "give a list of texts");
  }
  if (typeof anonymous !== "boolean") throw wrong(`${where}.anonymous`, "give true or false");
}

function check(limits: ListenerLimits, names: readonly string[], where: string): void {
  for (const [name, value] of Object.entries(limits)) {
    if (!names.includes(name)) throw wrong(where, `there is no limit "${name}"`);
    const range = CLIENT_LIMIT_RANGES[name as ValueName];
    if (range !== undefined && value !== undefined) checkValue(value, range, RATES.has(name), `${where}.${name}`);
  }
  const { ratesPer = "client" } = limits;
  if (!RATES_PER.includes(ratesPer)) {
    throw wrong(`${where}.ratesPer`, `give one of ${RATES_PER.join(", ")}, not ${ratesPer}`);
  }
  for (const [burst, rate] of lonelyBursts(limits)) throw wrong(`${where}.${burst}`, `give ${rate} with it`);
}

function checkValue(value: unknown, [least, most]: readonly [number, number], isRate: boolean, where: string): void {
  const fits = isRate ? Number.isFinite(value) : Number.isInteger(value);
  if (fits && Number(value) >= least && Number(value) <= most) return;
  throw wrong(where, `give a ${isRate ? "" : "whole "}number from ${least} to ${most}, not ${value}`);
}
