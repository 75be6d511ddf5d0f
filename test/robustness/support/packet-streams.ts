import { PROPERTIES_OF, type PropertyHolder, SAMPLE } from "../../support/arbitraries.ts";
import {
  auth,
  type ConnectOptions,
  connect,
  disconnect,
  pingreq,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  subscribe,
  unsubscribe,
  type Version,
} from "../../support/packets.ts";
import type { WireProperties } from "../../support/wire-properties.ts";
import type { Random } from "./random.ts";

const VERSIONS = [3, 4, 5] as const;
const LONG_LEVEL = "a level longer than the twelve bytes that a node of the trie holds itself";
const TOPICS = ["a", "a/b", "a/b/c", "/", "a//b", "$SYS/a", "ü/日本", LONG_LEVEL, `a/${LONG_LEVEL}/c`] as const;
const FILTERS = [...TOPICS, "#", "+", "+/b", "a/+", "a/#", "+/+/c", "$SYS/#", `+/${LONG_LEVEL}/#`] as const;
const GROUPS = ["$share/one/", "$share/two/"] as const;
const LONGEST_PACKETS = 12;

/** Some of the properties that a packet may have. */
function properties(random: Random, holder: PropertyHolder): WireProperties {
  const chosen: Record<string, unknown> = {};
  for (const name of PROPERTIES_OF[holder]) if (random.oneIn(6)) chosen[name] = SAMPLE[name];
  if (random.oneIn(3)) delete chosen.maximumPacketSize;
  if (!random.oneIn(8)) delete chosen.authenticationMethod;
  if (chosen.authenticationMethod === undefined) delete chosen.authenticationData;
  if ("sessionExpiryInterval" in chosen) chosen.sessionExpiryInterval = random.below(2);
  if ("topicAlias" in chosen) chosen.topicAlias = 1 + random.below(4);
  return chosen;
}

function will(random: Random): NonNullable<ConnectOptions["will"]> {
  return {
    topic: random.pick(TOPICS),
    payload: random.bytes(random.below(20)),
    qos: random.below(3),
    retain: random.oneIn(4),
    properties: properties(random, "will"),
  };
}

/** A CONNECT of one of a few clients, so that they take over each other's sessions. */
function randomConnect(random: Random, version: Version): Buffer {
  const cleanStart = random.oneIn(2);
  return connect({
    version,
    clientIdentifier: random.oneIn(8) && cleanStart && version > 3 ? "" : `client-${random.below(40)}`,
    cleanStart,
    keepAlive: random.below(100),
    ...(random.oneIn(4) && { username: random.pick(["ann", "slow"]) }),
    ...(random.oneIn(3) && { will: will(random) }),
    properties: properties(random, "connect"),
  });
}

function randomPublish(random: Random, version: Version): Buffer {
  const given = properties(random, "publish");
  delete given.subscriptionIdentifiers;
  const payload = random.oneIn(100) ? Buffer.alloc(random.below(8_000)) : random.bytes(random.below(30));
  return publish({
    version,
    topic: given.topicAlias !== undefined && random.oneIn(2) ? "" : random.pick(TOPICS),
    payload,
    qos: random.below(3),
    retain: random.oneIn(4),
    packetIdentifier: 1 + random.below(10),
    properties: given,
  });
}

function randomFilter(random: Random): string {
  return (random.oneIn(4) ? random.pick(GROUPS) : "") + random.pick(FILTERS);
}

function randomSubscribe(random: Random, version: Version): Buffer {
  const subscriptions = Array.from({ length: 1 + random.below(4) }, () => {
    const filter = randomFilter(random);
    if (version < 5) return { filter, qos: random.below(3) };
    return {
      filter,
      qos: random.below(3),
      noLocal: !filter.startsWith("$share") && random.oneIn(3),
      retainAsPublished: random.oneIn(2),
      retainHandling: random.below(3),
    };
  });
  const packetIdentifier = 1 + random.below(10);
  return subscribe({ version, packetIdentifier, subscriptions, properties: properties(random, "subscribe") });
}

function randomUnsubscribe(random: Random, version: Version): Buffer {
  const filters = Array.from({ length: 1 + random.below(3) }, () => randomFilter(random));
  const packetIdentifier = 1 + random.below(10);
  return unsubscribe({ version, packetIdentifier, filters, properties: properties(random, "unsubscribe") });
}

function randomAck(random: Random, version: Version): Buffer {
  const packetIdentifier = 1 + random.below(10);
  const ack = random.pick([puback, pubrec, pubrel, pubcomp]);
  if (version < 5 || random.oneIn(2)) return ack(packetIdentifier);
  return ack({
    packetIdentifier,
    reasonCode: random.oneIn(4) ? 0x80 : 0,
    ...(random.oneIn(2) && { properties: properties(random, "ack") }),
  });
}

function randomPacket(random: Random, version: Version): Buffer {
  const choice = random.below(20);
  if (choice < 7) return randomPublish(random, version);
  if (choice < 11) return randomSubscribe(random, version);
  if (choice < 13) return randomUnsubscribe(random, version);
  if (choice < 17) return randomAck(random, version);
  if (choice < 19) return pingreq();
  if (version === 5 && random.oneIn(2)) return auth({ reasonCode: 0x18, properties: { authenticationMethod: "toy" } });
  return version === 5 ? disconnect({ reasonCode: random.pick([0, 4]) }) : disconnect();
}

/** What a client could send on one connection: a CONNECT and packets behind it. */
export function randomStream(random: Random): Buffer[] {
  const version = random.pick(VERSIONS);
  const length = random.below(LONGEST_PACKETS);
  return [randomConnect(random, version), ...Array.from({ length }, () => randomPacket(random, version))];
}

/** Cuts bytes into chunks at random places: sometimes none, sometimes every byte. */
export function randomChunks(random: Random, bytes: Buffer): Buffer[] {
  const largest = random.pick([1, 3, 20, 200, 1_000_000]);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + random.below(largest);
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}
