/**
 * Sends QoS 0 messages over WebSockets as fast as they are taken, for some seconds: a program of its own, so that it goes on while the broker is
 * busy, and ends even if that serves nobody else any more. Arguments: port, seconds.
 */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import process from "node:process";

const CONNECTIONS = 4;
const MESSAGES_A_FRAME = 500;

const [port, seconds] = process.argv.slice(2).map(Number);

/** A binary frame with a mask of zeros, which leaves the payload as it is. */
function frame(payload) {
  const header = Buffer.alloc(8);
  header[0] = 0x82;
  header[1] = 0x80 | 126;
  header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}

const name = Buffer.from([0, 1, 0x74]);
const message = Buffer.concat([Buffer.from([0x30, name.length + 64]), name, Buffer.alloc(64)]);
const flood = Buffer.concat(
  Array.from({ length: 8 }, () => frame(Buffer.concat(Array(MESSAGES_A_FRAME).fill(message)))),
);

function open(index) {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.write(
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
      `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n`,
  );
  socket.once("data", () => {
    const identifier = Buffer.from([0, 2, 0x66, 0x30 + index]);
    const connectPacket = Buffer.concat([
      Buffer.from([0x10, 14, 0, 4, ...Buffer.from("MQTT"), 4, 2, 0, 60]),
      identifier,
    ]);
    socket.write(Buffer.concat([Buffer.from([0x82, 0x80 | connectPacket.length, 0, 0, 0, 0]), connectPacket]));
    const pump = () => {
      while (socket.write(flood));
      socket.once("drain", pump);
    };
    pump();
  });
  socket.on("error", () => {});
  socket.once("close", () => setImmediate(() => open(index)));
}

for (let index = 0; index < CONNECTIONS; index++) open(index);
process.stdout.write("flooding\n");
setTimeout(() => process.exit(), seconds * 1_000);
