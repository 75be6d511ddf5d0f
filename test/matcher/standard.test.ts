import { describe, expect, test } from "vitest";
import { TopicMatcher, validateFilter, validateTopic } from "../../src/matcher/index.ts";
import { matches } from "../model/matcher.ts";

/** The examples of §4.7 of MQTT 5.0, which are those of 3.1.1: filter, topic name, whether they match. */
const MATCHES: readonly (readonly [filter: string, topic: string, isMatch: boolean, section: string])[] = [
  ["sport/tennis/player1/#", "sport/tennis/player1", true, "4.7.1.2"],
  ["sport/tennis/player1/#", "sport/tennis/player1/ranking", true, "4.7.1.2"],
  ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true, "4.7.1.2"],
  ["sport/#", "sport", true, "4.7.1.2"],
  ["#", "sport/tennis/player1", true, "4.7.1.2"],
  ["sport/tennis/#", "sport/tennis", true, "4.7.1.2"],
  ["sport/tennis/+", "sport/tennis/player1", true, "4.7.1.3"],
  ["sport/tennis/+", "sport/tennis/player2", true, "4.7.1.3"],
  ["sport/tennis/+", "sport/tennis/player1/ranking", false, "4.7.1.3"],
  ["sport/+", "sport", false, "4.7.1.3"],
  ["sport/+", "sport/", true, "4.7.1.3"],
  ["+", "sport", true, "4.7.1.3"],
  ["+/tennis/#", "sport/tennis/player1", true, "4.7.1.3"],
  ["sport/+/player1", "sport/tennis/player1", true, "4.7.1.3"],
  ["+/+", "/finance", true, "4.7.1.3"],
  ["/+", "/finance", true, "4.7.1.3"],
  ["+", "/finance", false, "4.7.1.3"],
  ["#", "$SYS/monitor/Clients", false, "4.7.2"],
  ["+/monitor/Clients", "$SYS/monitor/Clients", false, "4.7.2"],
  ["$SYS/#", "$SYS/monitor/Clients", true, "4.7.2"],
  ["$SYS/monitor/+", "$SYS/monitor/Clients", true, "4.7.2"],
  ["ACCOUNTS", "Accounts", false, "4.7.3"],
  ["Accounts payable", "Accounts payable", true, "4.7.3"],
  ["/finance", "finance", false, "4.7.3"],
  ["/", "/", true, "4.7.3"],
];

/** What the same sections say of filters. */
const FILTERS: readonly (readonly [filter: string, isValid: boolean])[] = [
  ["sport/tennis#", false],
  ["sport/tennis/#/ranking", false],
  ["sport/tennis/#", true],
  ["sport+", false],
  ["+", true],
  ["+/tennis/#", true],
  ["sport/+/player1", true],
  ["#", true],
  ["/", true],
];

describe("the examples of the standard", () => {
  test.each(MATCHES)("%s, %s: %s (§%s)", (filter, topic, isMatch) => {
    const matcher = new TopicMatcher();
    matcher.add(filter, 1);
    matcher.addTopic(topic);
    expect(Array.from(matcher.match(topic))).toEqual(isMatch ? [1] : []);
    expect(matcher.topicsMatching(filter)).toEqual(isMatch ? [topic] : []);
    expect(matches(filter, topic)).toBe(isMatch);
    expect(validateTopic(topic)).toBeUndefined();
  });

  test.each(FILTERS)("the filter %s is valid: %s", (filter, isValid) => {
    expect(validateFilter(filter) === undefined).toBe(isValid);
    const matcher = new TopicMatcher();
    if (isValid) expect(matcher.add(filter, 1)).toBe(true);
    else expect(() => matcher.add(filter, 1)).toThrow(/invalid/);
  });
});
