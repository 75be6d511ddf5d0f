import mqttPattern from "mqtt-pattern";
import { Qlobber } from "qlobber";
import type * as Source from "../../src/matcher/index.ts";
import { MapTrie } from "../micro/baselines/map-trie.ts";

/** The module that the package has, which is built after this program; its types are those of its source. */
const PACKAGED = "ternmq/matcher";
const { TopicMatcher }: typeof Source = await import(PACKAGED);

/** What makes of qlobber's rules those of MQTT, as far as there are options for it. */
const MQTT_OPTIONS = { separator: "/", wildcard_one: "+", wildcard_some: "#", match_empty_levels: true };

/** Finds the indexes of the filters that match a topic name. */
export interface Matching {
  /** How many there are, found in the cheapest way. */
  count(topic: string): number;
  indexes(topic: string): ArrayLike<number>;
}

export interface Contender {
  readonly name: string;
  /** Filters beyond which one match takes so long that nobody would do it. */
  readonly maximumFilters: number;
  readonly build: (filters: readonly string[]) => Matching;
}

export const CONTENDERS: readonly Contender[] = [
  { name: "TopicMatcher", maximumFilters: Number.POSITIVE_INFINITY, build: buildTopicMatcher },
  { name: "JS Map trie", maximumFilters: Number.POSITIVE_INFINITY, build: buildMapTrie },
  { name: "qlobber", maximumFilters: Number.POSITIVE_INFINITY, build: buildQlobber },
  { name: "mqtt-pattern", maximumFilters: 100_000, build: buildMqttPattern },
];

function buildTopicMatcher(filters: readonly string[]): Matching {
  const matcher = new TopicMatcher();
  for (const [i, filter] of filters.entries()) matcher.add(filter, i);
  const out = new Uint32Array(filters.length);
  return { count: (topic) => matcher.match(topic, out), indexes: (topic) => matcher.match(topic) };
}

function buildMapTrie(filters: readonly string[]): Matching {
  const trie = new MapTrie();
  for (const [i, filter] of filters.entries()) trie.add(filter, i);
  return { count: (topic) => trie.match(topic).length, indexes: (topic) => trie.match(topic) };
}

function buildQlobber(filters: readonly string[]): Matching {
  const qlobber = new Qlobber<number>(MQTT_OPTIONS);
  for (const [i, filter] of filters.entries()) qlobber.add(filter, i);
  return { count: (topic) => qlobber.match(topic).length, indexes: (topic) => qlobber.match(topic) };
}

/** It compares one pattern with one topic name, so each match asks all of them. */
function buildMqttPattern(filters: readonly string[]): Matching {
  const indexes = (topic: string) => filters.flatMap((filter, i) => (mqttPattern.matches(filter, topic) ? i : []));
  const count = (topic: string) => {
    let matches = 0;
    for (const filter of filters) if (mqttPattern.matches(filter, topic)) matches++;
    return matches;
  };
  return { count, indexes };
}
