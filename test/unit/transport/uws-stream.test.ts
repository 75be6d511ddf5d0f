import { setImmediate as turnEnd } from "node:timers/promises";
import { expect, it, onTestFinished, vi } from "vitest";
import { silentLog } from "../../../src/observability/log.ts";
import { FrameGatherer } from "../../../src/transport/websocket/frame-gatherer.ts";
import { TurnMeter } from "../../../src/transport/websocket/turn-meter.ts";
import { UwsStream } from "../../../src/transport/websocket/uws-stream.ts";

/** A stream whose socket takes nothing at once; `leave` is what uWebSockets.js writes later, which it need not tell. */
function blocked() {
  let buffered = 0;
  const socket = {
    send: (bytes: unknown) => {
      buffered += (bytes as Uint8Array).length;
      return 0;
    },
    getBufferedAmount: () => buffered,
    end: vi.fn(),
    close: vi.fn(),
  };
  const stream = new UwsStream(socket, "127.0.0.1", new FrameGatherer(), new TurnMeter(silentLog()));
  const listener = { onChunk: vi.fn(), onDrain: vi.fn(), onEnd: vi.fn(), onClose: vi.fn() };
  stream.attach(listener);
  expect(stream.write(Buffer.alloc(100))).toBe(false);
  const leave = (bytes: number) => {
    buffered -= bytes;
  };
  return { stream, listener, leave };
}

it("tells once that all has left, and not before uWebSockets.js has returned", async () => {
  const { stream, listener, leave } = blocked();
  leave(60);
  stream.onDrain();
  await turnEnd();
  expect(listener.onDrain).not.toHaveBeenCalled();
  leave(40);
  stream.onDrain();
  stream.onDrain();
  expect(listener.onDrain).not.toHaveBeenCalled();
  await turnEnd();
  expect(listener.onDrain).toHaveBeenCalledOnce();
});

it.each([10, 20_000])(
  "tells it also where uWebSockets.js does not, as all left when a message of %i bytes came in",
  async (bytes) => {
    const { stream, listener, leave } = blocked();
    stream.onMessage(new ArrayBuffer(bytes), true);
    leave(100);
    for (let turn = 0; turn < 3; turn++) await turnEnd();
    expect(listener.onDrain).toHaveBeenCalledOnce();
  },
);

it("tells it soon where nothing comes in, and uWebSockets.js does not tell", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { listener, leave } = blocked();
  leave(60);
  vi.advanceTimersByTime(500);
  expect(listener.onDrain).not.toHaveBeenCalled();
  leave(40);
  vi.advanceTimersByTime(500);
  expect(listener.onDrain).toHaveBeenCalledOnce();
});

it("tells nothing of a connection that is closed", async () => {
  const { stream, listener, leave } = blocked();
  stream.onMessage(new ArrayBuffer(10), true);
  leave(100);
  stream.onClose();
  for (let turn = 0; turn < 3; turn++) await turnEnd();
  expect(listener.onDrain).not.toHaveBeenCalled();
});
