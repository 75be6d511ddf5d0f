import { TopicError } from "./errors.ts";
import { type Flaw, validateFilter, validateText } from "./validate.ts";

const SHARED = /^\$share\/([^/+#]+)\/(.+)$/s;

export interface SharedFilter {
  /** The filter that topic names are matched against. */
  readonly filter: string;
  /** The share name; undefined when the subscription is not shared. */
  readonly shareName: string | undefined;
}

/**
 * Takes `$share/{name}/` from the filter of a shared subscription (MQTT 5.0 §4.8.2); other filters come back as they are. Throws
 * ERR_INVALID_FILTER for a filter that is invalid, and for `$share` without a name or a filter.
 */
export function parseShare(filter: string): SharedFilter {
  refuse(validateText(filter), filter);
  if (filter !== "$share" && !filter.startsWith("$share/")) return { filter: checked(filter), shareName: undefined };
  const [, shareName, rest = ""] = SHARED.exec(filter) ?? [];
  if (shareName === undefined) throw new TopicError("ERR_INVALID_FILTER", "invalid-share", filter);
  return { filter: checked(rest), shareName };
}

function checked(filter: string): string {
  refuse(validateFilter(filter), filter);
  return filter;
}

function refuse(flaw: Flaw | undefined, filter: string): void {
  if (flaw !== undefined) throw new TopicError("ERR_INVALID_FILTER", flaw.reason, filter);
}
