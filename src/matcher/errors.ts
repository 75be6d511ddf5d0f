import { type Reason, reasonText } from "./reasons.ts";

export type MatcherErrorCode =
  | "ERR_INVALID_TOPIC"
  | "ERR_INVALID_FILTER"
  | "ERR_INVALID_ID"
  | "ERR_INVALID_ARGUMENT"
  | "ERR_INVALID_SNAPSHOT"
  | "ERR_MATCHER_BUSY"
  | "ERR_MATCHER_FREED"
  | "ERR_MATCHER_MEMORY"
  | "ERR_MATCHER_NOT_EMPTY";

/** Every error that `ternmq/matcher` throws. `code` is stable; the message may change. */
export class MatcherError extends Error {
  readonly code: MatcherErrorCode;

  constructor(code: MatcherErrorCode, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A topic name or topic filter that the standard does not allow (ERR_INVALID_TOPIC, ERR_INVALID_FILTER). */
export class TopicError extends MatcherError {
  readonly reason: Reason;
  /** What was refused; undefined where it came as bytes. */
  readonly text: string | undefined;

  constructor(code: "ERR_INVALID_TOPIC" | "ERR_INVALID_FILTER", reason: Reason, text?: string) {
    const kind = code === "ERR_INVALID_TOPIC" ? "topic name" : "topic filter";
    super(code, `The ${kind}${text === undefined ? "" : ` ${shown(text)}`} is invalid: ${reasonText(reason)}.`);
    this.reason = reason;
    this.text = text;
  }
}

const SHOWN = 60;

/** A text for a message: quoted, and cut when it is long. */
export function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}
