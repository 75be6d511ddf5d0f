import type { HttpRequest, HttpResponse, us_listen_socket, us_socket_context_t, WebSocket } from "uWebSockets.js";
import { createServer } from "node:net";
import { TernmqError } from "../errors.ts";
import { ListenError } from "./listen-error.ts";
import type { Listener } from "./listener.ts";
import type { ByteStream, StreamListener } from "./stream.ts";

/** `mqtt` is the standard's name [MQTT-6.0.0-4] [MQTT-6.0.0-4 of 3.1.1]; `mqttv3.1` is what clients of MQTT 3.1 ask for. */
const SUBPROTOCOLS = ["mqtt", "mqttv3.1"];

const CLOSE_NORMAL = 1000;
const CLOSE_UNSUPPORTED_DATA = 1003;

interface UserData {
  stream: WebSocketStream | undefined;
}

class WebSocketStream implements ByteStream {
  readonly transport = "websocket";
  readonly certificate = undefined;
  readonly pskIdentity = undefined;
  readonly canPause = false;
  readonly remoteAddress: string;
  /** uWebSockets.js does not tell the peer's port. */
  readonly remotePort = 0;
  #socket: WebSocket<UserData> | undefined;
  #listener: StreamListener | undefined;

  constructor(socket: WebSocket<UserData>) {
    this.#socket = socket;
    this.remoteAddress = Buffer.from(socket.getRemoteAddressAsText()).toString("latin1");
  }

  attach(listener: StreamListener): void {
    this.#listener = listener;
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket === undefined || this.#socket.send(bytes, true) === 1;
  }

  get pendingBytes(): number {
    return this.#socket?.getBufferedAmount() ?? 0;
  }

  pause(): void {}

  resume(): void {}

  end(): void {
    this.#socket?.end(CLOSE_NORMAL);
  }

  destroy(): void {
    this.#socket?.close();
  }

  onMessage(message: ArrayBuffer, isBinary: boolean): void {
    // [MQTT-6.0.0-1] [MQTT-6.0.0-2] [MQTT-6.0.0-1 of 3.1.1] [MQTT-6.0.0-2 of 3.1.1]
    if (isBinary) this.#listener?.onChunk(Buffer.from(message));
    else this.#socket?.end(CLOSE_UNSUPPORTED_DATA, "MQTT travels in binary frames");
  }

  onDrain(): void {
    if (this.#socket?.getBufferedAmount() === 0) this.#listener?.onDrain();
  }

  onClose(): void {
    this.#socket = undefined;
    this.#listener?.onClose(undefined);
  }
}

/**
 * Listens for MQTT over WebSocket, on any path.
 * @param maximumFrameSize bytes of a frame beyond which the connection is closed with 1009
 * @throws {ListenError} when the address cannot be taken
 * @throws {TernmqError} ERR_WEBSOCKET_UNAVAILABLE when uWebSockets.js has no binary for this Node.js
 */
export async function listenWebSocket(
  address: { host: string; port: number },
  maximumFrameSize: number,
  onStream: (stream: ByteStream) => void,
): Promise<Listener> {
  const uws = await load();
  await checkThatFree(address);
  const app = uws.App().ws<UserData>("/*", {
    maxPayloadLength: maximumFrameSize,
    maxBackpressure: 0,
    idleTimeout: 0,
    sendPingsAutomatically: false,
    upgrade,
    open(socket) {
      const stream = new WebSocketStream(socket);
      socket.getUserData().stream = stream;
      onStream(stream);
    },
    message: (socket, message, isBinary) => socket.getUserData().stream?.onMessage(message, isBinary),
    drain: (socket) => socket.getUserData().stream?.onDrain(),
    close: (socket) => socket.getUserData().stream?.onClose(),
  });
  app.any("/*", (response) => {
    response.writeStatus("426 Upgrade Required").writeHeader("Upgrade", "websocket").end("MQTT over WebSocket only\n");
  });
  const token = await new Promise<us_listen_socket>((resolve, reject) => {
    app.listen(address.host, address.port, (socket) => {
      if (socket) resolve(socket);
      else reject(new ListenError("ws", address.host, address.port, new Error("uWebSockets.js could not listen")));
    });
  });
  return {
    protocol: "ws",
    host: address.host,
    port: uws.us_socket_local_port(token),
    close: () => uws.us_listen_socket_close(token),
  };
}

async function load(): Promise<typeof import("uWebSockets.js")> {
  try {
    return await import("uWebSockets.js");
  } catch (cause) {
    throw new TernmqError(
      "ERR_WEBSOCKET_UNAVAILABLE",
      `MQTT over WebSocket needs uWebSockets.js, which has no binary for Node.js ${process.version} here. ` +
        'Point it at upstream\'s release for this Node.js by "overrides": {"uWebSockets.js": "uNetworking/uWebSockets.js#v20.…"} ' +
        "in your package.json, or start without the WebSocket listener (--no-ws).",
      { cause },
    );
  }
}

/** uWebSockets.js shares a port that is in use and tells no reason where it fails, so Node.js tries the address first. */
async function checkThatFree(address: { host: string; port: number }): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", (error) => reject(new ListenError("ws", address.host, address.port, error)));
    probe.listen(address.port, address.host, () => probe.close(() => resolve()));
  });
}

function upgrade(response: HttpResponse, request: HttpRequest, context: us_socket_context_t): void {
  const offered = request.getHeader("sec-websocket-protocol").split(/\s*,\s*/);
  const chosen = SUBPROTOCOLS.find((name) => offered.includes(name));
  if (chosen === undefined) {
    response.writeStatus("400 Bad Request").end("offer the WebSocket subprotocol mqtt\n");
    return;
  }
  response.upgrade<UserData>(
    { stream: undefined },
    request.getHeader("sec-websocket-key"),
    // [MQTT-6.0.0-4] [MQTT-6.0.0-4 of 3.1.1]
    chosen,
    request.getHeader("sec-websocket-extensions"),
    context,
  );
}
