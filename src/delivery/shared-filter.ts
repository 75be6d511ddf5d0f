const PREFIX = Buffer.from("$share/");
const SLASH = 0x2f;
const PLUS = 0x2b;
const HASH = 0x23;

export function isShared(filter: Buffer): boolean {
  return filter.subarray(0, PREFIX.length).equals(PREFIX);
}

/** What is wrong with the `$share/{name}/` in front of a filter; undefined: nothing, or there is none. [MQTT-4.8.2-1] [MQTT-4.8.2-2] */
export function shareProblem(filter: Buffer): string | undefined {
  if (!isShared(filter)) return undefined;
  const slash = filter.indexOf(SLASH, PREFIX.length);
  const name = filter.subarray(PREFIX.length, slash === -1 ? filter.length : slash);
  if (name.length === 0 || name.includes(PLUS) || name.includes(HASH)) {
    return "a shared subscription needs a name without wildcards";
  }
  return slash === -1 ? "a shared subscription needs a topic filter behind its name" : undefined;
}

/** The filter that the messages of a subscription match, whether it is shared or not; not checked. */
export function withoutSharePrefix(filter: Buffer): Buffer {
  if (!isShared(filter)) return filter;
  return filter.subarray(filter.indexOf(SLASH, PREFIX.length) + 1);
}
