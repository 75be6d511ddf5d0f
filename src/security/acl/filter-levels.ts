/** The levels of a topic filter. */
export type FilterLevels = readonly string[];

export function levelsOf(filter: string): FilterLevels {
  return filter.split("/");
}

/** Wildcards at the first level do not stand for a level that begins with `$`. [MQTT-4.7.2-1] [MQTT-4.7.2-1 of 3.1.1] */
function isHidden(wildcard: string | undefined, level: string | undefined): boolean {
  return (wildcard === "#" || wildcard === "+") && level?.startsWith("$") === true;
}

/** Whether every topic that matches `filter` matches `wider` as well; a topic name is a filter without wildcards. */
export function covers(wider: FilterLevels, filter: FilterLevels): boolean {
  if (isHidden(wider[0], filter[0])) return false;
  for (let at = 0; ; at++) {
    const level = wider[at];
    if (level === "#") return true;
    if (level === undefined || at === filter.length) return level === undefined && at === filter.length;
    const own = filter[at];
    if (own === "#" || (level !== "+" && level !== own)) return false;
  }
}

/** Whether a topic can match both. */
export function overlap(one: FilterLevels, other: FilterLevels): boolean {
  if (isHidden(one[0], other[0]) || isHidden(other[0], one[0])) return false;
  for (let at = 0; ; at++) {
    const left = one[at];
    const right = other[at];
    if (left === "#" || right === "#") return true;
    if (left === undefined || right === undefined) return left === right;
    if (left !== "+" && right !== "+" && left !== right) return false;
  }
}
