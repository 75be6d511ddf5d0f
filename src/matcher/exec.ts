import { checkText } from "./arguments.ts";
import { MatcherError, shown, TopicError } from "./errors.ts";
import { validateFilter, validateTopic } from "./validate.ts";

/** The names in a pattern such as `sensors/+room/#rest`, each with what it captures: here `{ room: string; rest: string[] }`. */
export type Captures<Pattern extends string> = string extends Pattern
  ? Record<string, string | string[]>
  : { [Name in PlusNames<Pattern>]: string } & { [Name in HashName<Pattern>]: string[] };

type Levels<Pattern extends string> = Pattern extends `${infer Level}/${infer Rest}` ? Level | Levels<Rest> : Pattern;
type Named<Name extends string> = Name extends "" ? never : Name;
type PlusNames<Pattern extends string> =
  Levels<Pattern> extends infer Level ? (Level extends `+${infer Name}` ? Named<Name> : never) : never;
type HashName<Pattern extends string> =
  Levels<Pattern> extends infer Level ? (Level extends `#${infer Name}` ? Named<Name> : never) : never;

/**
 * Matches one topic name against one pattern, a topic filter whose wildcards may have names: `+room` captures its level, `#rest` the
 * list of levels that it stands for (empty for the parent level itself). Null when it does not match. Throws ERR_INVALID_FILTER and
 * ERR_INVALID_TOPIC, and ERR_INVALID_ARGUMENT for a name that stands twice.
 */
export function exec<Pattern extends string>(pattern: Pattern, topic: string): Captures<Pattern> | null {
  plainFilter(pattern);
  const flaw = validateTopic(topic);
  if (flaw !== undefined) throw new TopicError("ERR_INVALID_TOPIC", flaw.reason, topic);
  if (topic.startsWith("$") && /^[+#]/.test(pattern)) return null; // MQTT 5.0 §4.7.2
  return capture(pattern.split("/"), topic.split("/")) as Captures<Pattern> | null;
}

/** The topic filter that a pattern stands for: `sensors/+/#` for `sensors/+room/#rest`. Throws as `exec` does. */
export function plainFilter(pattern: string): string {
  checkText(pattern);
  const names = pattern.split("/").flatMap((level) => /^[+#](.+)$/s.exec(level)?.[1] ?? []);
  if (new Set(names).size < names.length) {
    throw new MatcherError("ERR_INVALID_ARGUMENT", `The pattern ${shown(pattern)} has a name twice.`);
  }
  const filter = pattern.replace(/(^|\/)([+#])[^/+#]+/g, "$1$2");
  const flaw = validateFilter(filter);
  if (flaw !== undefined) throw new TopicError("ERR_INVALID_FILTER", flaw.reason, pattern);
  return filter;
}

function capture(pattern: readonly string[], topic: readonly string[]): Record<string, string | string[]> | null {
  // Without a prototype, names such as `__proto__` are names like any other.
  const captures: Record<string, string | string[]> = Object.create(null);
  for (const [i, wanted] of pattern.entries()) {
    const name = wanted.slice(1);
    if (wanted.startsWith("#")) {
      if (name !== "") captures[name] = topic.slice(i);
      return captures;
    }
    const level = topic[i];
    if (level === undefined || (!wanted.startsWith("+") && wanted !== level)) return null;
    if (wanted.startsWith("+") && name !== "") captures[name] = level;
  }
  return pattern.length === topic.length ? captures : null;
}
