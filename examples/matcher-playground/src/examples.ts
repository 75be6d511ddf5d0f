import { filter } from "../../../bench/micro/support/workload.ts";

export interface Example {
  readonly name: string;
  readonly filters: readonly string[];
  readonly topic: string;
  readonly explanation: string;
}

const FLEET = 1000;

export const HOUSE: Example = {
  name: "A small house",
  filters: ["sensors/+room/temperature", "sensors/kitchen/#rest", "sensors/+/humidity", "lights/hall/state", "#"],
  topic: "sensors/kitchen/temperature",
  explanation:
    "A level is matched by its own name or by +, the rest of a topic name by #. A # alone matches nearly everything.",
};

export const EXAMPLES: readonly Example[] = [
  HOUSE,
  {
    name: "$SYS and wildcards",
    filters: ["#", "+/broker/uptime", "$SYS/#", "$SYS/+/uptime"],
    topic: "$SYS/broker/uptime",
    explanation:
      "A filter that starts with a wildcard matches no topic name that starts with $: neither # nor +/… has it.",
  },
  {
    name: "# and the parent",
    filters: ["house/#", "house/+", "house", "house/kitchen/#"],
    topic: "house",
    explanation: "house/# matches house itself too, not only what is below it; house/+ needs one more level.",
  },
  {
    name: "Empty levels",
    filters: ["+/finance", "/finance", "finance", "+/+", "/+", "+"],
    topic: "/finance",
    explanation:
      "/finance has two levels, the first one empty. + matches an empty level, and finance is another topic name.",
  },
  {
    name: "A slash at the end",
    filters: ["finance", "finance/", "finance/+", "finance/#"],
    topic: "finance/",
    explanation: "finance/ has a second, empty level: finance does not match it, finance/+ does.",
  },
  {
    name: "$share",
    filters: ["$share/workers/jobs/+queue", "jobs/#", "+workers/jobs/#"],
    topic: "jobs/mail",
    explanation: "$share/workers/ is no part of a filter: parseShare takes it off, and jobs/+ is what is matched.",
  },
  {
    name: "No patterns inside of a level",
    filters: ["logs/*", "logs/+", "logs/*.gz"],
    topic: "logs/a.gz",
    explanation:
      "There are no regular expressions and no *: logs/* is the level of one character. + takes a whole level.",
  },
  {
    name: "A fleet",
    filters: ["site4/#", ...Array.from({ length: FLEET }, (_, i) => filter(i))],
    topic: "site4/device3/temperature",
    explanation: "Most of a large trie is never looked at: one level is one step, however many filters there are.",
  },
];
