/** The naive matcher: what the standard says about topic filters, on split strings. */

/** Whether a valid topic filter matches a valid topic name. */
export function matches(filter: string, topic: string): boolean {
  if (topic.startsWith("$") && (filter.startsWith("+") || filter.startsWith("#"))) return false; // [MQTT-4.7.2-1]
  return levelsMatch(filter.split("/"), topic.split("/"));
}

function levelsMatch(filter: readonly string[], topic: readonly string[]): boolean {
  const [wanted, ...filterRest] = filter;
  if (wanted === undefined) return topic.length === 0;
  if (wanted === "#") return true;
  const [level, ...topicRest] = topic;
  if (level === undefined || (wanted !== "+" && wanted !== level)) return false;
  return levelsMatch(filterRest, topicRest);
}
