import * as fc from "fast-check";
import { expect, it } from "vitest";
import { PacketRows } from "../../../src/persistence/packet-rows.ts";

/** Rows on disk, by owner and packet identifier. */
class Table {
  readonly rows = new Map<string, number>();
  /** What was asked of the disk. */
  operations = 0;

  drain(packetRows: PacketRows): void {
    packetRows.drain(
      (owner, identifier) => {
        this.operations++;
        this.rows.delete(`${owner}/${identifier}`);
      },
      (owner, identifier, value) => {
        this.operations++;
        this.rows.set(`${owner}/${identifier}`, value);
      },
    );
  }
}

const step = fc.record({
  isEnd: fc.boolean(),
  change: fc.constantFrom("put", "replace", "delete"),
  owner: fc.constantFrom(1, 2, 123_456_789),
  packetIdentifier: fc.constantFrom(1, 65_535),
});

it("leaves on disk what is true, in whichever groups rows come, change and go", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const packetRows = new PacketRows();
      const table = new Table();
      const truth = new Map<string, number>();
      for (const [value, { isEnd, change, owner, packetIdentifier }] of steps.entries()) {
        const key = `${owner}/${packetIdentifier}`;
        if (!truth.has(key)) {
          packetRows.put(owner, packetIdentifier, value);
          truth.set(key, value);
        } else if (change === "delete") {
          packetRows.delete(owner, packetIdentifier);
          truth.delete(key);
        } else {
          packetRows.replace(owner, packetIdentifier, value);
          truth.set(key, value);
        }
        if (isEnd) {
          table.drain(packetRows);
          expect(table.rows).toEqual(truth);
        }
      }
    }),
  );
});

it("asks nothing of the disk for rows that come, change and go within one group", () => {
  const packetRows = new PacketRows();
  const table = new Table();
  for (let i = 0; i < 3; i++) {
    packetRows.put(1, 2, 3);
    packetRows.replace(1, 2, 4);
    packetRows.delete(1, 2);
  }
  table.drain(packetRows);
  expect(table.operations).toBe(0);
});
