import { setImmediate as turn } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";
import type { Limits } from "../../../src/config/limits.ts";
import type { FakeStream, FakeStreamOptions } from "../../support/fake-stream.ts";
import { type ConnectOptions, connect } from "../../support/packets.ts";
import { Subject } from "./subject.ts";

/** Closed at the end of the test, which fails where there was an error. */
export function createSubject(limits: Partial<Limits> = {}): Subject {
  const subject = new Subject(limits);
  onTestFinished(async () => {
    await subject.close();
    expect(subject.errors).toEqual([]);
  });
  return subject;
}

/** Connected, with its CONNACK taken out of the stream. */
export async function client(
  subject: Subject,
  options: ConnectOptions = {},
  streamOptions: FakeStreamOptions = {},
): Promise<FakeStream> {
  const stream = subject.open(streamOptions);
  stream.receive(connect(options));
  await turn();
  stream.take();
  return stream;
}
