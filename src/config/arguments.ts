import { TernmqError } from "../errors.ts";
import { DURABILITY_LEVELS, type Durability } from "../persistence/store.ts";
import type { PersistenceOptions } from "./options.ts";

export function wrong(message: string): TernmqError {
  return new TernmqError("ERR_ARGUMENT", message);
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

/** @throws {TernmqError} ERR_ARGUMENT */
export function checkSubscription(filter: unknown, listener: unknown): void {
  if (typeof filter !== "string") throw wrong("subscribe needs a topic filter as a string");
  if (typeof listener !== "function") throw wrong("subscribe needs a function that gets the messages");
  if (filter.startsWith("$share/"))
    throw wrong("shared subscriptions are for clients; subscribe to the filter behind the name");
}
