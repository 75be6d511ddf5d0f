/**
 * Keeps connections open that never come to anything: each sends one byte of what it should send at a time. A program of its own, so that what
 * it does costs the broker's process nothing. Arguments: connections to each port, then `kind:port` for each.
 */
import { connect } from "node:net";
import process from "node:process";

const BYTE_MILLISECONDS = 500;

/** What a client would begin with; none of it is whole. */
const BEGINNINGS = {
  mqtt: Buffer.from([0x10, 0xff, 0x7f, 0x00, 0x04, ...Buffer.from("MQTT"), 5, 2, 0, 60, 0, 0xff, 0xff]),
  tls: Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
  http: Buffer.from("GET /mqtt HTTP/1.1\r\nHost: localhost\r\nX-Slow: "),
  proxy: Buffer.from("PROXY TCP4 192.0.2.1 "),
};

const [count, ...targets] = process.argv.slice(2);
let opened = 0;
let closed = 0;

function open(kind, port, isFirst = true) {
  const bytes = BEGINNINGS[kind];
  let at = 0;
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const timer = setInterval(() => {
    socket.write(at < bytes.length ? bytes.subarray(at, at + 1) : "a");
    at++;
  }, BYTE_MILLISECONDS);
  socket.once("connect", () => {
    if (isFirst && ++opened === Number(count) * targets.length) process.stdout.write("all are open\n");
  });
  socket.on("error", () => {});
  socket.once("close", () => {
    clearInterval(timer);
    if (isFirst && ++closed === Number(count) * targets.length) process.stdout.write("all were closed\n");
    setTimeout(() => open(kind, port, false), BYTE_MILLISECONDS);
  });
  socket.resume();
}

for (const target of targets) {
  const [kind, port] = target.split(":");
  for (let index = 0; index < Number(count); index++) open(kind, Number(port));
}
