import { MAX_LEVELS, MAX_TOPIC_BYTES } from "../../assembly/shared/limits.ts";
import {
  EMPTY_TOPIC,
  INVALID_LENGTH,
  INVALID_UTF8,
  INVALID_WILDCARD,
  NUL_CHARACTER,
  TOO_MANY_LEVELS,
  WILDCARD_IN_TOPIC_NAME,
} from "../../assembly/shared/status.ts";

/** Why a topic name or topic filter is refused. */
export type Reason =
  | "empty"
  | "too-long"
  | "invalid-utf8"
  | "nul-character"
  | "wildcard-in-topic"
  | "misplaced-wildcard"
  | "too-many-levels"
  | "invalid-share";

/** 0: no status stands for it. */
const REASONS: Readonly<Record<Reason, readonly [status: number, text: string]>> = {
  empty: [EMPTY_TOPIC, "it needs at least one character"],
  "too-long": [INVALID_LENGTH, `it has more than ${MAX_TOPIC_BYTES} bytes in UTF-8`],
  "invalid-utf8": [INVALID_UTF8, "it is not well-formed Unicode"],
  "nul-character": [NUL_CHARACTER, "it contains U+0000"],
  "wildcard-in-topic": [WILDCARD_IN_TOPIC_NAME, 'a topic name must not contain "+" or "#"'],
  "misplaced-wildcard": [
    INVALID_WILDCARD,
    '"+" has to be alone in its level, "#" too, and "#" has to be the last level',
  ],
  "too-many-levels": [TOO_MANY_LEVELS, `it has more than ${MAX_LEVELS} levels`],
  "invalid-share": [0, "a shared subscription is $share/{name}/{filter}, its name without wildcards"],
};

export function reasonText(reason: Reason): string {
  return REASONS[reason][1];
}

/** The reason that a status of the WebAssembly module stands for; undefined when the status says something else. */
export function reasonOf(status: number): Reason | undefined {
  return (Object.keys(REASONS) as Reason[]).find((reason) => REASONS[reason][0] === status);
}
