import { createServer, type Server } from "node:net";
import { directTcpStream } from "./direct-tcp-stream.ts";
import { ListenError } from "./listen-error.ts";
import type { Listener } from "./listener.ts";
import { PlainTcpStream } from "./plain-tcp-stream.ts";
import type { ByteStream } from "./stream.ts";

/**
 * Listens for MQTT over TCP.
 * @param directIo whether to go past Node's streams where this Node.js allows that
 * @throws {ListenError} when the address cannot be taken
 */
export async function listenTcp(
  address: { host: string; port: number },
  directIo: boolean,
  onStream: (stream: ByteStream) => void,
): Promise<Listener> {
  const options = { noDelay: true, allowHalfOpen: true, pauseOnConnect: true };
  const server = createServer(options, (socket) => {
    onStream((directIo ? directTcpStream(socket) : undefined) ?? new PlainTcpStream(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(new ListenError("mqtt", address.host, address.port, error)));
    server.listen(address.port, address.host, resolve);
  });
  return { protocol: "mqtt", host: address.host, port: portOf(server), close: () => closeServer(server) };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Takes no more connections; resolves at once, the open ones go on. */
function closeServer(server: Server): void {
  server.close();
}
