import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { startBroker } from "../../support/broker.ts";
import { Program } from "../../support/program.ts";

const FLOOD = fileURLToPath(new URL("../support/websocket-flood.js", import.meta.url));
const SECONDS = 6;

it("clients that send over WebSocket without a pause do not keep others from being served", async () => {
  const test = await startBroker({
    listeners: [
      { protocol: "mqtt", port: 0 },
      { protocol: "ws", port: 0 },
    ],
  });
  const client = await test.connect();
  const flood = new Program(process.execPath, [FLOOD, String(test.broker.addresses[1]?.port), String(SECONDS)]);
  onTestFinished(() => flood.kill());
  await flood.line("the flood", (line) => line);
  let hasEnded = false;
  void flood.exit.then(() => {
    hasEnded = true;
  });
  let answered = 0;
  let slowest = 0;
  while (!hasEnded) {
    const begun = performance.now();
    await client.expectNothing();
    slowest = Math.max(slowest, performance.now() - begun);
    answered++;
  }
  expect(test.broker.statistics.messagesReceived).toBeGreaterThan(10_000);
  expect(slowest).toBeLessThan((SECONDS * 1_000) / 2);
  expect(answered).toBeGreaterThan(5);
});
