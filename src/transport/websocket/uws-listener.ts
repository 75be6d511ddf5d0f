import type { HttpRequest, HttpResponse, us_listen_socket, us_socket_context_t } from "uWebSockets.js";
import { createServer } from "node:net";
import { TernmqError } from "../../errors.ts";
import { canonicalAddress } from "../canonical-address.ts";
import type { ListenerEnvironment } from "../listener.ts";
import { listen } from "../net-listener.ts";
import { FrameGatherer } from "./frame-gatherer.ts";
import { TurnMeter } from "./turn-meter.ts";
import { answerUpgrade, forwardedAddress, type WebSocketRules } from "./upgrade.ts";
import { UwsStream } from "./uws-stream.ts";

interface UserData {
  /** Of the client; behind a trusted proxy what that says. */
  readonly remoteAddress: string;
  stream: UwsStream | undefined;
}

/** A listener of uWebSockets.js. */
export interface UwsListener {
  readonly port: number;
  close(): void;
}

/**
 * Listens for MQTT over WebSocket.
 * @throws {TernmqError} ERR_WEBSOCKET_UNAVAILABLE when uWebSockets.js has no binary for this Node.js
 * @throws what Node.js says when the address cannot be taken
 */
export async function listenUws(
  address: { host: string; port: number },
  environment: ListenerEnvironment,
  rules: () => WebSocketRules,
): Promise<UwsListener> {
  const uws = await loadUws();
  await checkThatFree(address);
  const gatherer = new FrameGatherer();
  const meter = new TurnMeter(environment.log);
  const app = uws.App().ws<UserData>("/*", {
    maxPayloadLength: environment.maximumFrameSize,
    maxBackpressure: 0,
    idleTimeout: 0,
    sendPingsAutomatically: false,
    upgrade: (response, request, context) => upgrade(response, request, context, rules(), environment),
    open(socket) {
      const data = socket.getUserData();
      data.stream = new UwsStream(socket, data.remoteAddress, gatherer, meter);
      environment.accept(data.stream);
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
      else reject(new Error("uWebSockets.js could not listen"));
    });
  });
  return { port: uws.us_socket_local_port(token), close: () => uws.us_listen_socket_close(token) };
}

export async function loadUws(): Promise<typeof import("uWebSockets.js")> {
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
async function checkThatFree({ host, port }: { host: string; port: number }): Promise<void> {
  const probe = createServer();
  await listen(probe, { host, port });
  await new Promise((resolve) => probe.close(resolve));
}

function upgrade(
  response: HttpResponse,
  request: HttpRequest,
  context: us_socket_context_t,
  rules: WebSocketRules,
  environment: ListenerEnvironment,
): void {
  const answer = answerUpgrade(
    {
      upgrade: request.getHeader("upgrade"),
      path: request.getUrl(),
      origin: request.getHeader("origin"),
      protocols: request.getHeader("sec-websocket-protocol"),
    },
    rules,
  );
  if (answer.protocol === undefined) {
    response.writeStatus(answer.status).end(answer.text);
    return;
  }
  const direct = canonicalAddress(Buffer.from(response.getRemoteAddressAsText()).toString("latin1"));
  const remoteAddress = forwardedAddress(direct, headers(request, "x-forwarded-for"), rules.forwarders);
  if (!environment.admits(remoteAddress)) {
    response.close();
    return;
  }
  if (!environment.takesConnection(remoteAddress)) {
    response.writeStatus("429 Too Many Requests").end("too many connections are opened: try again later\n");
    return;
  }
  response.upgrade<UserData>(
    { remoteAddress, stream: undefined },
    request.getHeader("sec-websocket-key"),
    // [MQTT-6.0.0-4] [MQTT-6.0.0-4 of 3.1.1]
    answer.protocol,
    request.getHeader("sec-websocket-extensions"),
    context,
  );
}

/** All headers of a name; `getHeader` gives the first one alone. */
function headers(request: HttpRequest, name: string): string {
  const values: string[] = [];
  request.forEach((each, value) => {
    if (each === name) values.push(value);
  });
  return values.join(",");
}
