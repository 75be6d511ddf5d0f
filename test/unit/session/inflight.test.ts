import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Delivery } from "../../../src/delivery/delivery.ts";
import { Message } from "../../../src/delivery/message.ts";
import { AWAITS_PUBACK, AWAITS_PUBCOMP, AWAITS_PUBREC, Inflight } from "../../../src/session/inflight.ts";
import { Backlog } from "../../../src/transport/backlog.ts";

function delivery(qos: number): Delivery {
  return new Delivery(Message.of(Buffer.from("t"), Buffer.alloc(0), qos, false), qos, false, undefined, undefined);
}

const identifiers = fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { maxLength: 300 });

it("what is restored stands as it stood, in the order given, whatever its packet identifiers", () => {
  fc.assert(
    fc.property(identifiers, fc.nat(100), (restored, more) => {
      const inflight = new Inflight(new Backlog(1_000_000));
      const states = [AWAITS_PUBACK, AWAITS_PUBREC, AWAITS_PUBCOMP] as const;
      const exchanges = restored.map((identifier, index) => {
        const state = states[index % 3] ?? AWAITS_PUBACK;
        return { identifier, state, delivery: state === AWAITS_PUBCOMP ? null : delivery(state) };
      });
      for (const { identifier, state, delivery } of exchanges) inflight.restore(identifier, state, delivery);
      const added = Array.from({ length: more }, () => inflight.add(AWAITS_PUBACK, null));
      expect(inflight.inOrder()).toEqual([...restored, ...added]);
      expect(new Set(inflight.inOrder()).size).toBe(restored.length + more);
      expect(inflight.size).toBe(restored.length + more);
      for (const { identifier, state, delivery } of exchanges) {
        expect(inflight.state(identifier)).toBe(state);
        expect(inflight.delivery(identifier)).toBe(delivery);
        inflight.remove(identifier);
      }
      expect(inflight.inOrder()).toEqual(added);
    }),
  );
});

it("goes on counting behind the packet identifier that was given out last", () => {
  const inflight = new Inflight(new Backlog(1_000_000));
  for (const identifier of [65_534, 65_535]) inflight.restore(identifier, AWAITS_PUBACK, null);
  expect([inflight.add(AWAITS_PUBACK, null), inflight.add(AWAITS_PUBACK, null)]).toEqual([1, 2]);
});
