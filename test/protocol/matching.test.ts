import { describe, expect } from "vitest";
import { startBroker } from "../support/broker.ts";
import { join, messages, retainEnd, retainedFor, subscribeTo } from "../support/exchange.ts";
import { publish, type Version } from "../support/packets.ts";
import { itAt } from "../support/title.ts";

type Row = [filter: string, topic: string, matches: boolean];

const LEVELS: Row[] = [
  ["sport/tennis/player1/#", "sport/tennis/player1", true],
  ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
  ["sport/tennis/player1/#", "sport/tennis/player10", false],
  ["sport/#", "sport", true],
  ["sport/#", "sports", false],
  ["#", "/", true],
  ["sport/tennis/+", "sport/tennis/player1", true],
  ["sport/tennis/+", "sport/tennis/player1/ranking", false],
  ["sport/+", "sport", false],
  ["sport/+", "sport/", true],
  ["+", "finance", true],
  ["+", "/finance", false],
  ["+/+", "/finance", true],
  ["/+", "/finance", true],
  ["+/tennis/#", "sport/tennis", true],
  ["+/#", "a", true],
  ["a//b", "a//b", true],
  ["a//b", "a/b", false],
  ["a/+/b", "a//b", true],
  ["//", "//", true],
  ["+/+/+", "//", true],
  ["a/", "a", false],
  ["a", "a/", false],
];

const CHARACTERS: Row[] = [
  ["ACCOUNTS", "Accounts", false],
  ["Accounts payable", "Accounts payable", true],
  ["é/#", "é/x", true],
  ["e\u0301", "\u00e9", false],
  ["\ufeffa", "\ufeffa", true],
  ["\ufeffa", "a", false],
  ["𐌀/+", "𐌀/𐌁", true],
];

const DOLLAR: Row[] = [
  ["#", "$SYS/x", false],
  ["+/x", "$SYS/x", false],
  ["+/#", "$SYS/x", false],
  ["+", "$SYS", false],
  ["$SYS/#", "$SYS/x", true],
  ["$SYS/+", "$SYS/x", true],
  ["$SYS/#", "$SYS", true],
  ["+/$x", "a/$x", true],
  ["a/#", "a/$x", true],
];

const MATCHING = [...LEVELS, ...CHARACTERS, ...DOLLAR];

describe.each<Version>([4, 5])("topics in version %i", (version) => {
  const it = itAt(version);

  const cases = "filter %j, topic %j: %s";
  it.each(LEVELS)(`[MQTT-3.3.2-3] [MQTT-3.3.2-3 of 3.1.1] ${cases}`, delivers);
  it.each(CHARACTERS)(`[MQTT-4.7.3-4] [MQTT-4.7.3-4 of 3.1.1] ${cases}`, delivers);
  it.each(DOLLAR)(`[MQTT-4.7.2-1] [MQTT-4.7.2-1 of 3.1.1] ${cases}`, delivers);

  async function delivers(filter: string, topic: string, matches: boolean): Promise<void> {
    const test = await startBroker();
    const client = await join(test, version);
    await subscribeTo(client, [filter, "end"]);
    for (const [name, payload] of [[topic, "x"] as const, ["end", ""] as const]) test.broker.publish(name, payload);
    expect(await messages(client, matches ? 2 : 1)).toEqual(matches ? [`${topic}=x`, "end="] : ["end="]);
  }

  it("the same holds for the retained messages that a new subscription gets", async () => {
    const test = await startBroker();
    const topics = [...new Set(MATCHING.map(([, topic]) => topic))];
    for (const topic of topics) test.broker.publish(topic, "kept", { retain: true });
    retainEnd(test);
    for (const [filter, topic, matches] of MATCHING) {
      const client = await join(test, version);
      const received = await retainedFor(client, [filter]);
      expect(received.includes(`${topic}=kept`), `${filter} for ${topic}`).toBe(matches);
      await client.close();
    }
  });

  it("[MQTT-4.7.3-3] [MQTT-4.7.3-3 of 3.1.1] takes a topic of 65535 bytes and one of 128 levels, with filters as long", async () => {
    const test = await startBroker();
    const client = await join(test, version);
    const long = "x".repeat(65_535);
    const deep = "a/".repeat(127);
    const { reasonCodes } = await subscribeTo(client, [long, `${"+/".repeat(127)}+`]);
    expect(reasonCodes).toEqual([0, 0]);
    client.send(publish({ version, topic: long, payload: "1" }), publish({ version, topic: deep, payload: "2" }));
    expect(await messages(client, 2)).toEqual([`${long}=1`, `${deep}=2`]);
  });
});
