import { createServer, type Server, type Socket } from "node:net";
import { ListenError } from "./listen-error.ts";
import type { Listener } from "./listener.ts";
import type { ByteStream, StreamListener } from "./stream.ts";

/** How long a peer may take to close its side after we closed ours. */
const LINGER_MILLISECONDS = 2_000;

class TcpStream implements ByteStream {
  readonly transport = "tcp";
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #socket: Socket;
  #listener: StreamListener | undefined;
  #isBlocked = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.remoteAddress = socket.remoteAddress ?? "";
    this.remotePort = socket.remotePort ?? 0;
  }

  attach(listener: StreamListener): void {
    this.#listener = listener;
    let failure: Error | undefined;
    this.#socket.on("data", (chunk: Buffer) => listener.onChunk(chunk));
    this.#socket.on("error", (error) => {
      failure = error;
    });
    this.#socket.on("close", () => listener.onClose(failure));
  }

  write(bytes: Uint8Array): boolean {
    this.#socket.write(bytes, this.#onWritten);
    if (this.#socket.writableLength === 0) return true;
    this.#isBlocked = true;
    return false;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
    this.#socket.resume();
    this.#socket.setTimeout(LINGER_MILLISECONDS, () => this.#socket.destroy());
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onWritten = (error?: Error | null): void => {
    if (error || !this.#isBlocked || this.#socket.writableLength > 0) return;
    this.#isBlocked = false;
    this.#listener?.onDrain();
  };
}

/** Listens for MQTT over TCP. @throws {ListenError} when the address cannot be taken */
export async function listenTcp(
  address: { host: string; port: number },
  onStream: (stream: ByteStream) => void,
): Promise<Listener> {
  const server = createServer({ noDelay: true }, (socket) => onStream(new TcpStream(socket)));
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
