import { connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { CLI, Program } from "../support/program.ts";

/** Left alone, V8 takes 32 MB for the objects of so many clients. */
const CLIENTS = 3_000;
/** It may have grown to this while the broker started. */
const MOST_KILOBYTES = 8_192;

/** A broker whose output has what V8 tells of its memory after each collection. */
async function start(...flags: string[]): Promise<{ broker: Program; port: number }> {
  const command = ["--trace-gc-verbose", ...flags, CLI, "start", "--port", "0", "--no-ws", "--no-persistence"];
  const broker = new Program(process.execPath, command);
  onTestFinished(() => broker.kill());
  const port = await broker.line("a port", (line) => /"port":(\d+).*"listening"/.exec(line)?.[1]);
  return { broker, port: Number(port) };
}

/** One client of MQTT 3.1.1, let in. */
function client(port: number, number: number): Promise<void> {
  const name = Buffer.from(String(number));
  const head = [0x10, 12 + name.length, 0, 4, ...Buffer.from("MQTT"), 4, 2, 0, 0, 0, name.length];
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(Buffer.from([...head, ...name])));
    socket.once("error", reject).once("data", () => resolve());
    onTestFinished(() => {
      socket.destroy();
    });
  });
}

async function clients(port: number): Promise<void> {
  for (let number = 0; number < CLIENTS; number += 100)
    await Promise.all(Array.from({ length: 100 }, (_, i) => client(port, number + i)));
}

/** Kilobytes of the young generation by the last line that tells them. */
function youngGeneration({ lines }: Program): number {
  const told = lines
    .map((line) => /New space,.*committed: *(\d+) KB/.exec(line)?.[1])
    .filter((size) => size !== undefined);
  return Number(told.at(-1));
}

describe("the young generation of a broker's heap", () => {
  it("stays small while clients come", async () => {
    const { broker, port } = await start();
    await clients(port);
    expect(youngGeneration(broker)).toBeLessThanOrEqual(MOST_KILOBYTES);
  });

  it("stays small after the configuration was read anew, which takes a thread", async () => {
    const { broker, port } = await start();
    broker.signal("SIGHUP");
    await broker.line("the end of the reload", (line) => (line.includes("configuration reloaded") ? true : undefined));
    await clients(port);
    expect(youngGeneration(broker)).toBeLessThanOrEqual(MOST_KILOBYTES);
  });

  it("grows where Node.js was started with sizes of its own", async () => {
    const { broker, port } = await start("--max-semi-space-size=16");
    await clients(port);
    expect(youngGeneration(broker)).toBeGreaterThan(MOST_KILOBYTES);
  });
});
