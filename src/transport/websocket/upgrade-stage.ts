import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { answerUpgrade, type WebSocketRules } from "./upgrade.ts";

/** RFC 6455 §1.3. */
const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const VERSION = "13";
/** 16 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;

/** @param forwarded the X-Forwarded-For of proxies, empty where there is none */
export type OnUpgraded = (socket: Socket, forwarded: string) => void;

/** The opening handshake of WebSocket on sockets that were accepted already; this server never listens. */
export function createUpgradeStage(rules: () => WebSocketRules, onUpgraded: OnUpgraded): (socket: Socket) => void {
  const server: Server = createServer((_request, response) => {
    response.writeHead(426, { Upgrade: "websocket", Connection: "close" }).end("MQTT over WebSocket only\n");
  });
  // Else it leaves out headers behind the first thousand, that of a proxy among them; their bytes are limited.
  server.maxHeadersCount = 0;
  server.on("upgrade", (request, stream: Duplex, head) => {
    const socket = stream as Socket;
    const protocol = accept(request, socket, rules());
    if (protocol === undefined) return;
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        // [MQTT-6.0.0-4] [MQTT-6.0.0-4 of 3.1.1]
        `Sec-WebSocket-Accept: ${acceptKey(request)}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
    );
    socket.pause();
    if (head.length > 0) socket.unshift(head);
    onUpgraded(socket, header(request, "x-forwarded-for"));
  });
  return (socket) => server.emit("connection", socket);
}

/** The subprotocol; undefined: the client was refused. */
function accept(request: IncomingMessage, socket: Socket, rules: WebSocketRules): string | undefined {
  const isHttp = request.method === "GET" && request.httpVersion === "1.1";
  if (!isHttp || !KEY.test(header(request, "sec-websocket-key"))) {
    refuse(socket, "400 Bad Request", "this is no WebSocket handshake\n");
    return undefined;
  }
  if (header(request, "sec-websocket-version") !== VERSION) {
    refuse(socket, "426 Upgrade Required", "WebSocket version 13 only\n", `Sec-WebSocket-Version: ${VERSION}\r\n`);
    return undefined;
  }
  const answer = answerUpgrade(
    {
      upgrade: header(request, "upgrade"),
      path: request.url?.split("?")[0] ?? "",
      origin: header(request, "origin"),
      protocols: header(request, "sec-websocket-protocol"),
    },
    rules,
  );
  if (answer.protocol === undefined) refuse(socket, answer.status, answer.text);
  return answer.protocol;
}

function refuse(socket: Socket, status: string, text: string, headers = ""): void {
  socket.end(`HTTP/1.1 ${status}\r\n${headers}Connection: close\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
}

function acceptKey(request: IncomingMessage): string {
  const key = header(request, "sec-websocket-key");
  return createHash("sha1").update(key).update(ACCEPT_SUFFIX).digest("base64");
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : (value?.join(", ") ?? "");
}
