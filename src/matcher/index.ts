export { MatcherError, type MatcherErrorCode, TopicError } from "./errors.ts";
export { type Captures, exec, plainFilter } from "./exec.ts";
export type { MatcherOptions } from "./options.ts";
export type { Reason } from "./reasons.ts";
export { parseShare, type SharedFilter } from "./share.ts";
export { TopicMap } from "./topic-map.ts";
export { type MatcherStatistics, TopicMatcher } from "./topic-matcher.ts";
export { type Flaw, validateFilter, validateTopic } from "./validate.ts";
