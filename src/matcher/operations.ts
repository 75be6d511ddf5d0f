import { OUT_OF_MEMORY } from "../../assembly/shared/status.ts";
import { type Engine, memoryError } from "./engine.ts";
import { TopicError } from "./errors.ts";
import { reasonOf } from "./reasons.ts";

/** Which error tells that a text is refused. */
type Code = "ERR_INVALID_TOPIC" | "ERR_INVALID_FILTER";

/** Throws what a status says; zero and below say nothing. text: what was refused, where it is a string. */
export function refuse(status: number, code: Code, text?: string): void {
  if (status <= 0) return;
  const reason = reasonOf(status);
  throw status === OUT_OF_MEMORY || reason === undefined ? memoryError() : new TopicError(code, reason, text);
}

/** Copies a text to where calls read it and answers its length in bytes. */
export function put(engine: Engine, text: string, code: Code): number {
  const length = engine.put(text);
  if (length < 0) refuse(-length, code, text);
  return length;
}

/** Adds an id at the filter that was put. */
export function addId(engine: Engine, length: number, id: number, filter?: string): boolean {
  const status = engine.exports.matcherAdd(engine.matcher, engine.argument, length, id);
  engine.refresh();
  if (status < 0) refuse(-status, "ERR_INVALID_FILTER", filter);
  return status === 1;
}

/** Stores the topic name that was put. */
export function addTopic(engine: Engine, length: number, topic?: string): boolean {
  const before = engine.exports.trieEntries(engine.topics);
  const entry = engine.exports.trieInsertName(engine.topics, engine.argument, length);
  engine.refresh();
  if (entry < 0) refuse(-entry, "ERR_INVALID_TOPIC", topic);
  return engine.exports.trieEntries(engine.topics) > before;
}

/** The entry of a stored topic name, or 0. */
export function findTopic(engine: Engine, topic: string): number {
  const length = put(engine, topic, "ERR_INVALID_TOPIC");
  refuse(engine.exports.checkTopicName(engine.argument, length), "ERR_INVALID_TOPIC", topic);
  return engine.exports.trieFind(engine.topics, engine.argument, length);
}

/** Matches the topic name that was put. */
export function matchArgument(engine: Engine, length: number, topic?: string): void {
  const status = engine.exports.matcherMatch(engine.matcher, engine.argument, length);
  engine.refresh();
  if (status !== 0) refuse(status, "ERR_INVALID_TOPIC", topic);
}

export function clear(engine: Engine): void {
  const { exports, topics } = engine;
  exports.matcherClear(engine.matcher);
  for (let entry = 1; exports.trieEntries(topics) > 0; entry++) exports.trieRemove(topics, entry);
}
