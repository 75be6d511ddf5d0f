import { once } from "node:events";
import { watch } from "node:fs/promises";
import { connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { publish, subscribe } from "../support/packets.ts";
import { CLI, Program } from "../support/program.ts";
import { RawClient } from "../support/raw-client.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { Ternmq } from "../support/ternmq.ts";

const STOP_MILLISECONDS = 5_000;

/** Clients that neither read nor close, one of them with more waiting for it than the sockets hold: the broker has to cut them off. */
async function stubborn(port: number): Promise<void> {
  const idle = await RawClient.connect(port, { connect: { clientIdentifier: "idle" } });
  const subscriber = await RawClient.connect(port, { connect: { clientIdentifier: "subscriber" } });
  const publisher = await RawClient.connect(port, { connect: { clientIdentifier: "publisher" } });
  onTestFinished(() => {
    for (const client of [idle, subscriber, publisher]) client.destroy();
  });
  subscriber.send(subscribe({ subscriptions: [{ filter: "a" }] }));
  await subscriber.expect("suback");
  idle.stream.pause();
  subscriber.stream.pause();
  const packet = publish({ topic: "a", payload: Buffer.alloc(500_000) });
  publisher.send(...Array.from({ length: 40 }, () => packet));
  await publisher.expectNothing();
}

describe.each([[[]], [["--no-direct-io"]]])("stopping ternmq start %j", (args) => {
  async function start(): Promise<Ternmq> {
    const broker = await Ternmq.start(args);
    onTestFinished(() => broker.kill());
    return broker;
  }

  it.each(["SIGINT", "SIGTERM"] as const)(
    "on %s says 0x8B to clients of MQTT 5.0, closes and ends with 0",
    async (signal) => {
      const broker = await start();
      const modern = await RawClient.connect(broker.port, { connect: { version: 5 } });
      const older = await RawClient.connect(broker.port, { connect: { version: 4 } });
      broker.signal(signal);
      expect(await modern.expect("disconnect")).toMatchObject({ reasonCode: 0x8b });
      await modern.expectClosed();
      await older.expectClosed();
      expect(await broker.exit).toEqual({ code: 0, signal: null });
    },
  );

  it("lets the messages under way reach their subscribers", async () => {
    const broker = await start();
    const subscriber = await RawClient.connect(broker.port, { connect: { version: 5 } });
    const publisher = await RawClient.connect(broker.port, { connect: { version: 5 } });
    subscriber.send(subscribe({ subscriptions: [{ filter: "a" }] }));
    await subscriber.expect("suback");
    publisher.send(...Array.from({ length: 100 }, (_, i) => publish({ topic: "a", payload: `${i}` })));
    await publisher.expectNothing();
    broker.signal("SIGTERM");
    for (let i = 0; i < 100; i++) {
      expect(String((await subscriber.expect("publish")).payload)).toBe(`${i}`);
    }
    await subscriber.expect("disconnect");
    expect((await broker.exit).code).toBe(0);
  });

  it("ends with 0 within 5 s though clients neither read nor close, and takes no connections meanwhile", async () => {
    const broker = await start();
    await stubborn(broker.port);
    const polite = await RawClient.connect(broker.port, { connect: { version: 5 } });
    const from = performance.now();
    broker.signal("SIGTERM");
    await polite.expect("disconnect");
    for (const port of [broker.port, broker.wsPort]) {
      const late = connect(port, "127.0.0.1");
      await expect(once(late, "connect")).rejects.toThrow("ECONNREFUSED");
    }
    expect(await broker.exit).toEqual({ code: 0, signal: null });
    expect(performance.now() - from).toBeLessThan(STOP_MILLISECONDS);
  });

  it("ends with 0, and without a word, on a signal while it opens its store", async () => {
    const directory = temporaryDirectory();
    const changes = watch(directory);
    const ports = ["--port", "0", "--ws-port", "0", "--data-dir", directory];
    const broker = new Program(process.execPath, [CLI, "start", ...ports, ...args]);
    onTestFinished(() => broker.kill());
    for await (const { filename } of changes) if (filename === "data.mdb") break;
    broker.signal("SIGTERM");
    expect(await broker.exit).toEqual({ code: 0, signal: null });
    expect(broker.stderr).toBe("");
  });

  it("ends at once, with 1, on a second signal", async () => {
    const broker = await start();
    await stubborn(broker.port);
    broker.signal("SIGTERM");
    await broker.logged("stopping");
    broker.signal("SIGINT");
    expect(await broker.exit).toEqual({ code: 1, signal: null });
  });
});
