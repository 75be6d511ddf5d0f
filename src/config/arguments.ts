import type { MessageProperties } from "../broker/events.ts";
import { NEVER_EXPIRES } from "../codec/dialects.ts";
import { TernmqError } from "../errors.ts";
import { DURABILITY_LEVELS, type Durability } from "../persistence/store.ts";
import type { BrokerOptions, PersistenceOptions } from "./options.ts";

export function wrong(message: string): TernmqError {
  return new TernmqError("ERR_ARGUMENT", message);
}

const OPTIONS: Readonly<Record<keyof BrokerOptions, "a list" | "an object" | "a function" | "a boolean">> = {
  listeners: "a list",
  limits: "an object",
  clientLimits: "a list",
  persistence: "an object",
  authentication: "an object",
  access: "an object",
  accessRules: "an object",
  authenticationMethods: "a list",
  responseInformation: "a function",
  directIo: "a boolean",
  log: "an object",
};

/** For programs without types: with accessRule in place of accessRules everybody could do everything. @throws {TernmqError} ERR_ARGUMENT */
export function checkOptions(options: BrokerOptions): void {
  if (typeof options !== "object" || options === null) throw wrong(`the options are an object, not ${options}`);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, name))
      throw wrong(`there is no option ${name}: give ${Object.keys(OPTIONS).join(", ")}`);
    const kind = OPTIONS[name as keyof BrokerOptions];
    if (value !== undefined && kindOf(value) !== kind) throw wrong(`the option ${name} is ${kind}, not ${value}`);
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** For programs without types. @throws {TernmqError} ERR_ARGUMENT */
export function checkPersistence(persistence: PersistenceOptions | undefined): void {
  if (persistence === undefined) return;
  const { directory, durability } = persistence;
  if (typeof directory !== "string" || directory === "") throw wrong("persistence needs the path of a directory");
  checkDurability(durability);
}

/** @throws {TernmqError} ERR_ARGUMENT */
export function checkDurability(durability: Durability | undefined): void {
  if (durability === undefined || DURABILITY_LEVELS.includes(durability)) return;
  throw wrong(`durability is one of ${DURABILITY_LEVELS.join(", ")}, not ${durability}`);
}

/** @throws {TernmqError} ERR_ARGUMENT */
export function checkMessage(topic: unknown, payload: unknown, qos: unknown): void {
  if (typeof topic !== "string") throw wrong("publish needs a topic name as a string");
  if (typeof payload !== "string" && !(payload instanceof Uint8Array)) {
    throw wrong("publish needs a payload as a string or Uint8Array; an empty one is fine");
  }
  if (qos !== 0 && qos !== 1 && qos !== 2) throw wrong(`qos is 0, 1 or 2, not ${qos}`);
}

/** Of those whose type a codec takes for granted. */
const PROPERTY_VALUES: readonly [keyof MessageProperties, isFit: (value: unknown) => boolean, what: string][] = [
  ["messageExpiryInterval", isSeconds, `a whole number of seconds from 0 to ${NEVER_EXPIRES}`],
  ["contentType", isString, "a string"],
  ["responseTopic", isString, "a string"],
  ["correlationData", (value) => value instanceof Uint8Array, "a Uint8Array"],
  ["userProperties", isPairs, "a list of pairs of strings"],
];

/** @throws {TernmqError} ERR_ARGUMENT */
export function checkProperties(properties: MessageProperties): void {
  for (const [name, isFit, what] of PROPERTY_VALUES) {
    const value = properties[name];
    if (value !== undefined && !isFit(value)) throw wrong(`${name} is ${what}, not ${value}`);
  }
}

function isSeconds(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= NEVER_EXPIRES;
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}

function isPairs(value: unknown): boolean {
  return (
    Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isString))
  );
}

/** @throws {TernmqError} ERR_ARGUMENT */
export function checkSubscription(filter: unknown, listener: unknown): void {
  if (typeof filter !== "string") throw wrong("subscribe needs a topic filter as a string");
  if (typeof listener !== "function") throw wrong("subscribe needs a function that gets the messages");
  if (filter.startsWith("$share/"))
    throw wrong("shared subscriptions are for clients; subscribe to the filter behind the name");
}
