import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Message } from "../../src/delivery/message.ts";
import { apply } from "../../src/persistence/disk/apply.ts";
import { Audit } from "../../src/persistence/disk/audit.ts";
import { Batch } from "../../src/persistence/disk/batch.ts";
import { Database, type Tables } from "../../src/persistence/disk/database.ts";
import { COUNTERS_KEY } from "../../src/persistence/disk/keys.ts";
import { u32, u64 } from "../../src/persistence/disk/numbers.ts";
import { createStore } from "../../src/persistence/disk/open-store.ts";
import { Snapshot } from "../../src/persistence/disk/snapshot.ts";
import { DELIVERY_UNDER_WAY, PUBREL_UNDER_WAY } from "../../src/persistence/rows.ts";
import { message, session, temporaryDirectory } from "./support/store.ts";

const SHARED = "$share/g/a";
const KEY = Buffer.concat([u64(1), u64(10)]);

/** Sessions 1 and 2 and group 3, and messages 1 (retained), and 2 with two deliveries. */
function sound(batch: Batch): void {
  for (const owner of [1, 2]) batch.putSession(session(owner));
  batch.putGroup({ owner: 3, filter: SHARED });
  batch.putSubscription({ owner: 1, filter: "a", qos: 1, noLocal: false, retainAsPublished: false, identifier: 7 });
  batch.putReceived(1, 5);
  batch.putMessage(1, 1, message("kept"));
  batch.putRetained(Buffer.from("kept"), 1);
  batch.putMessage(2, 2, message("a"));
  for (const [owner, sequence] of [
    [1, 10],
    [3, 11],
  ] as const) {
    batch.putDelivery(owner, sequence, 1, false, undefined, undefined, 2, message("a"));
  }
  batch.putDelivery(2, 12, 2, false, [1, 2], SHARED, 0, message("a", "inline"));
  batch.putExchange(1, 1, DELIVERY_UNDER_WAY, 10);
  batch.putExchange(1, 2, PUBREL_UNDER_WAY, 13);
  batch.setCounters({ owner: 4, sequence: 14, message: 3 });
}

async function problems(...harm: ((tables: Tables, batch: Batch) => void)[]): Promise<string[]> {
  const directory = temporaryDirectory();
  await createStore(directory, async () => {});
  const database = new Database(join(directory, "data.mdb"));
  const { tables } = database;
  for (const change of [(_: Tables, batch: Batch) => sound(batch), ...harm]) {
    database.transaction(() => {
      const batch = new Batch();
      change(tables, batch);
      apply(tables, batch.take());
    });
  }
  await database.close();
  const snapshot = await Snapshot.open(directory);
  try {
    return [...new Audit(snapshot).problems()];
  } finally {
    await snapshot.close();
  }
}

const LOST = Message.of(Buffer.from("a"), Buffer.from("x"), 1, false);

describe("the audit of a store", () => {
  it("finds nothing wrong with one in which everything fits", async () => {
    expect(await problems()).toEqual([]);
  });

  const wrong: [what: string, harm: (tables: Tables, batch: Batch) => void, found: string[]][] = [
    [
      "rows that cannot be read",
      ({ sessions, exchanges }) => {
        sessions.put(u64(8), Buffer.from("{"));
        exchanges.put(Buffer.concat([u64(1), Buffer.of(0, 9)]), Buffer.of(3, 0, 0, 0, 0, 0, 0, 0, 1));
      },
      [
        expect.stringMatching(/^sessions: the row 0000000000000008 cannot be read: /),
        "exchanges: the row 00000000000000010009 cannot be read: an exchange in unknown state 3",
      ],
    ],
    [
      "rows of sessions that are not there",
      (_, batch) => {
        batch.putSubscription({
          owner: 3,
          filter: "a",
          qos: 1,
          noLocal: false,
          retainAsPublished: false,
          identifier: 7,
        });
        batch.putReceived(9, 1);
        batch.putExchange(9, 1, PUBREL_UNDER_WAY, 5);
        batch.putDelivery(9, 9, 1, false, undefined, undefined, 0, LOST);
      },
      [
        "subscriptions: there is no session with the owner number 3",
        "received: there is no session with the owner number 9",
        "deliveries: there is neither session nor group with the owner number 9",
        "exchanges: there is no session with the owner number 9",
      ],
    ],
    [
      "owners that are there twice",
      (_, batch) => {
        batch.putSession({ ...session(1), owner: 0 });
        batch.putGroup({ owner: 1, filter: SHARED });
      },
      [
        'sessions: owner 1 has the client identifier "client-1" of another one',
        "groups: $share/g/a has the owner number 1 of a session",
      ],
    ],
    [
      "an exchange without its delivery",
      ({ deliveries, references }) => {
        deliveries.remove(KEY);
        references.remove(u64(2));
      },
      ["exchanges: packet identifier 1 of owner 1 refers to the delivery 10, which is missing"],
    ],
    [
      "two exchanges of one delivery",
      (_, batch) => batch.putExchange(1, 3, DELIVERY_UNDER_WAY, 10),
      ["exchanges: packet identifier 3 of owner 1 has the sequence 10 of another one"],
    ],
    [
      "messages that are missing",
      ({ messages }) => {
        messages.remove(u64(1));
        messages.remove(u64(2));
      },
      [
        "deliveries: sequence 10 of owner 1 refers to message 2, which is missing",
        "deliveries: sequence 11 of owner 3 refers to message 2, which is missing",
        'retained: the row "kept" refers to message 1, which is missing',
        "references: message 2 is counted, and missing",
      ],
    ],
    [
      "messages that nobody needs, and wrong counts",
      (_, batch) => {
        batch.putMessage(0, 1, LOST);
        batch.addReferences(2, 1);
      },
      [
        "messages: message 0 has 0 references, and 1 are counted",
        "messages: message 2 has 2 references, and 3 are counted",
      ],
    ],
    [
      "a count that says nothing",
      ({ references }) => references.put(u64(1), u32(1)),
      ["references: the row 0000000000000001 cannot be read"],
    ],
    [
      "rows under a name that is not theirs",
      ({ retained, subscriptions }) => {
        retained.remove(Buffer.from("kept"));
        retained.put(Buffer.from("other"), u64(1));
        const value = subscriptions.get(Buffer.concat([u64(1), Buffer.from("a")])) ?? Buffer.alloc(0);
        subscriptions.put(Buffer.concat([u64(1), Buffer.from("b")]), value);
      },
      [
        "subscriptions: a of owner 1 stands under another name",
        "retained: the message 1 of kept stands under another topic",
      ],
    ],
    [
      "numbers that would be given out twice",
      (_, batch) => batch.setCounters({ owner: 3, sequence: 13, message: 2 }),
      [
        "meta: the next owner number is 3, and 3 is in use",
        "meta: the next sequence number is 13, and 13 is in use",
        "meta: the next message number is 2, and 2 is in use",
      ],
    ],
    [
      "odd rows of meta",
      ({ meta }) => {
        meta.put(Buffer.from("thing"), Buffer.of(1));
        meta.put(COUNTERS_KEY, Buffer.of(1));
      },
      [
        "meta: the row counters has 1 bytes instead of 24",
        "meta: there is an unknown row 7468696e67",
        "meta: the counters are missing",
      ],
    ],
  ];
  it.each(wrong)("finds %s", async (_, harm, found) => {
    expect(await problems(harm)).toEqual(found);
  });
});
