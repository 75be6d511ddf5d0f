import { setImmediate as turn } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { Session } from "../../../src/session/session.ts";
import { publish, subscribe } from "../../support/packets.ts";
import { client } from "../support/clients.ts";
import { Subject } from "../support/subject.ts";

it("what fails in a publisher's own queue costs it its connection, and its receivers nothing", async () => {
  const subject = new Subject({});
  const publisher = await client(subject);
  const receiver = await client(subject);
  receiver.receive(subscribe({ subscriptions: ["a"] }));
  await turn();
  receiver.take();
  vi.spyOn(Session.prototype, "endChunk").mockImplementationOnce(() => {
    throw new Error("broken");
  });
  const packet = publish({ topic: "a", payload: Buffer.alloc(1_000, "x") });
  publisher.receive(packet);
  await publisher.closed;
  expect(receiver.take()).toEqual(packet);
  expect(subject.errors).toHaveLength(1);
  await subject.close();
});
