import { MAX_LEVELS, MAX_TOPIC_BYTES } from "../../assembly/shared/limits.ts";
import { checkText } from "./arguments.ts";
import { type Reason, reasonText } from "./reasons.ts";

/** What is wrong with a topic name or a topic filter. */
export interface Flaw {
  readonly reason: Reason;
  /** For people; it may change. */
  readonly message: string;
}

const LONE_SURROGATE = /\p{Surrogate}/u;
const BEYOND_ASCII = /[^\0-\x7f]/;

/** What is wrong with a topic name, to which a message is published; undefined when nothing is. Throws ERR_INVALID_ARGUMENT for no string. */
export function validateTopic(topic: string): Flaw | undefined {
  const reason = textReason(topic) ?? (/[+#]/.test(topic) ? "wildcard-in-topic" : undefined) ?? levelsReason(topic);
  return flaw(reason);
}

/** What is wrong with a topic filter; undefined when nothing is. A `$share/…` prefix is not looked at: see `parseShare`. */
export function validateFilter(filter: string): Flaw | undefined {
  return flaw(textReason(filter) ?? wildcardsReason(filter) ?? levelsReason(filter));
}

/** What is wrong with a string of MQTT, whatever it stands for, that must not be empty. Throws as the others do. */
export function validateText(text: string): Flaw | undefined {
  return flaw(textReason(text));
}

/** Whether a string has a surrogate without its other half, which UTF-8 cannot carry. (MQTT 5.0 §1.5.4) */
export function hasLoneSurrogate(text: string): boolean {
  return LONE_SURROGATE.test(text);
}

function flaw(reason: Reason | undefined): Flaw | undefined {
  return reason === undefined ? undefined : { reason, message: reasonText(reason) };
}

function textReason(text: string): Reason | undefined {
  checkText(text);
  if (text === "") return "empty"; // MQTT 5.0 §4.7.3
  // A code unit takes one byte at least: a text of any size is refused before it is encoded.
  if (text.length > MAX_TOPIC_BYTES || byteLength(text) > MAX_TOPIC_BYTES) return "too-long"; // MQTT 5.0 §4.7.3
  const flawed = /[\0\p{Surrogate}]/u.exec(text)?.[0];
  if (flawed === undefined) return undefined;
  return flawed === "\0" ? "nul-character" : "invalid-utf8"; // MQTT 5.0 §1.5.4
}

function wildcardsReason(filter: string): Reason | undefined {
  const levels = filter.split("/");
  const isMisplaced = levels.some((level, i) => {
    if (level === "#") return i < levels.length - 1;
    return level !== "+" && /[+#]/.test(level);
  });
  return isMisplaced ? "misplaced-wildcard" : undefined; // MQTT 5.0 §4.7.1
}

function levelsReason(text: string): Reason | undefined {
  return text.split("/", MAX_LEVELS + 1).length > MAX_LEVELS ? "too-many-levels" : undefined;
}

function byteLength(text: string): number {
  // Three bytes a code unit are the most that UTF-8 takes.
  if (text.length * 3 <= MAX_TOPIC_BYTES || !BEYOND_ASCII.test(text)) return text.length;
  return new TextEncoder().encode(text).length;
}
