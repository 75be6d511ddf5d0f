import { connect, publish, subscribe, unsubscribe, type Version } from "../../support/packets.ts";
import {
  type Case,
  FORBIDDEN,
  named,
  PROTOCOL_ERROR,
  plainlyNamed,
  refused,
  refusedConnect,
  type Statements,
} from "./case.ts";

const TOPIC_NAME_INVALID = 0x90;
const BAD_NAME = [...FORBIDDEN, TOPIC_NAME_INVALID];
const BAD_FILTER = [...FORBIDDEN, 0x8f];

const show = (topic: string): string => (topic === "" ? "an empty name" : topic);

const WITH_WILDCARDS = ["#", "+", "a/#", "a/+", "+/a", "a/+/b", "a#", "a+b", "/+", "$SYS/#"];

const WILDCARD_IN_NAME: Statements = {
  4: "[MQTT-3.3.2-2 of 3.1.1] [MQTT-4.7.1-1 of 3.1.1]",
  5: "[MQTT-3.3.2-2] [MQTT-4.7.0-1]",
};
const EMPTY: Statements = { 4: "[MQTT-4.7.3-1 of 3.1.1]", 5: "[MQTT-4.7.3-1]" };

function nameCase(version: Version, topic: string, statements: Statements, codes: readonly number[]): Case {
  return {
    name: named(version, statements, `PUBLISH to ${show(topic)}`),
    version,
    bytes: publish({ version, topic, qos: 1 }),
    accepted: refused(version, codes),
  };
}

function willCase(version: Version, topic: string, statements: Statements): Case {
  return {
    name: named(version, statements, `a will with the topic ${show(topic)}`),
    version,
    bytes: connect({ version, clientIdentifier: "will", will: { topic, qos: 1 } }),
    accepted: refusedConnect(version, BAD_NAME),
    connect: false,
  };
}

function responseCase(responseTopic: string, statements: Statements): Case {
  return {
    name: named(5, statements, `PUBLISH with the response topic ${show(responseTopic)}`),
    version: 5,
    bytes: publish({ topic: "t", properties: { responseTopic } }),
    accepted: refused(5, BAD_NAME),
  };
}

function willResponseCase(responseTopic: string): Case {
  return {
    name: named(5, {}, `a will with the response topic ${show(responseTopic)}`),
    version: 5,
    bytes: connect({ clientIdentifier: "will", will: { topic: "w", properties: { responseTopic } } }),
    accepted: refusedConnect(5, BAD_NAME),
    connect: false,
  };
}

/** Where a topic name belongs, names that are none. */
export function invalidNames(version: Version): Case[] {
  const wildcard = { 4: "[MQTT-4.7.1-1 of 3.1.1]", 5: "[MQTT-4.7.0-1]" };
  const ofFive = [
    ...WITH_WILDCARDS.map((topic) => responseCase(topic, { 5: "[MQTT-3.3.2-14]" })),
    ...WITH_WILDCARDS.map(willResponseCase),
    responseCase("", EMPTY),
  ];
  return [
    ...WITH_WILDCARDS.map((topic) => nameCase(version, topic, WILDCARD_IN_NAME, BAD_NAME)),
    nameCase(version, "", EMPTY, [PROTOCOL_ERROR]),
    ...WITH_WILDCARDS.map((topic) => willCase(version, topic, wildcard)),
    willCase(version, "", EMPTY),
    ...(version === 5 ? ofFive : []),
  ];
}

const VALID_NAMES = [
  "/",
  "//",
  "a",
  "a/",
  "/a",
  "a//b",
  " ",
  "a b",
  "é/日本",
  "\u{1f600}",
  "$a",
  "$share/g/t",
  "A",
  "-_.~!@%^&*",
];

/** Clients may not publish to `$`-topics (MQTT 5.0 §4.7.2), which MQTT 3.1.1 has no way to say. */
export function validNames(version: Version): Case[] {
  return VALID_NAMES.map((topic) => {
    const isReserved = topic.startsWith("$");
    return {
      name: plainlyNamed(version, {}, `PUBLISH to ${topic}`),
      version,
      bytes: publish({ version, topic, qos: 1 }),
      accepted: [isReserved && version === 5 ? "puback 0x87, alive" : "puback 0x00, alive"],
      delivered: isReserved ? 0 : 1,
    };
  });
}

const HASH: Statements = { 4: "[MQTT-4.7.1-2 of 3.1.1]", 5: "[MQTT-4.7.1-1]" };
const PLUS: Statements = { 4: "[MQTT-4.7.1-3 of 3.1.1]", 5: "[MQTT-4.7.1-2]" };
const NAME: Statements = { 5: "[MQTT-4.8.2-1]" };
const NAME_WITH_WILDCARD: Statements = { 5: "[MQTT-4.8.2-2]" };

const INVALID_FILTERS: readonly (readonly [Statements, ...string[]])[] = [
  [HASH, "#/a", "a/#/b", "a#", "#a", "a/b#", "a/#b", "##", "/#/", "#/", "#/#"],
  [PLUS, "a+", "+a", "a+b", "++", "a/+b", "a/b+/c", "+a/b", "a/++/b"],
  [{}, "+#", "#+"],
];

/** With a shared subscription's own rules; 3.1.1 has none. */
const INVALID_SHARED: typeof INVALID_FILTERS = [
  [NAME, "$share/", "$share//", "$share//t"],
  [NAME_WITH_WILDCARD, "$share/+/t", "$share/#/t", "$share/g+/t", "$share/#g/t", "$share/g", "$share/g/"],
  [HASH, "$share/g/a#", "$share/g/#/a"],
  [PLUS, "$share/g/+a", "$share/g/a/b+"],
];

function filtersOf(version: Version): typeof INVALID_FILTERS {
  return version === 5 ? [...INVALID_FILTERS, ...INVALID_SHARED] : INVALID_FILTERS;
}

/** Refused for themselves, the other filter of the packet being taken, or together with the connection. */
function subscribeCase(version: Version, statements: Statements, filter: string): Case {
  const answer = version === 5 ? "suback 0x8f 0x00, alive" : "suback 0x80 0x00, alive";
  return {
    name: named(version, statements, `SUBSCRIBE to ${show(filter)}`),
    version,
    bytes: subscribe({ version, subscriptions: [filter, "f"] }),
    accepted: [answer, ...refused(version, BAD_FILTER)],
  };
}

/** There is no such subscription, whether somebody looks at the filter or not. */
function unsubscribeCase(version: Version, statements: Statements, filter: string): Case {
  const answers = version === 5 ? ["unsuback 0x11, alive", "unsuback 0x8f, alive"] : ["unsuback, alive"];
  return {
    name: plainlyNamed(version, {}, `UNSUBSCRIBE from ${show(filter)}, which nobody can have`),
    version,
    bytes: unsubscribe({ version, filters: [filter] }),
    accepted: [...answers, ...refused(version, BAD_FILTER)],
    ...(statements === EMPTY && {
      name: named(version, EMPTY, `UNSUBSCRIBE from ${show(filter)}`),
      accepted: refused(version, BAD_FILTER),
    }),
  };
}

/** Filters that are none. */
export function invalidFilters(version: Version): Case[] {
  return [
    { ...subscribeCase(version, EMPTY, ""), accepted: refused(version, BAD_FILTER) },
    unsubscribeCase(version, EMPTY, ""),
    ...filtersOf(version).flatMap(([statements, ...filters]) =>
      filters.flatMap((filter) => [
        subscribeCase(version, statements, filter),
        unsubscribeCase(version, statements, filter),
      ]),
    ),
  ];
}

const VALID_FILTERS = [
  "#",
  "+",
  "+/#",
  "a/#",
  "/#",
  "/",
  "//",
  "/+",
  "+/",
  "+/+",
  "a/+/b/#",
  "a//b",
  " ",
  "$a/#",
  "$a/+",
  "é/+",
  "$share",
];
const VALID_SHARED = ["$share/g/t", "$share/g/#", "$share/g/+", "$share/g//", "$share/é/t", "$share/g/$share/g"];

/** Filters that look odd and are allowed. */
export function validFilters(version: Version): Case[] {
  const filters = version === 5 ? [...VALID_FILTERS, ...VALID_SHARED] : VALID_FILTERS;
  return filters.flatMap((filter) => [
    {
      name: plainlyNamed(version, {}, `SUBSCRIBE to ${filter}, and no longer`),
      version,
      bytes: Buffer.concat([
        subscribe({ version, subscriptions: [{ filter, qos: 2 }] }),
        unsubscribe({ version, filters: [filter] }),
      ]),
      accepted: [version === 5 ? "suback 0x02, unsuback 0x00, alive" : "suback 0x02, unsuback, alive"],
    },
  ]);
}
