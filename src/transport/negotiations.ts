import type { Socket } from "node:net";

/**
 * Connections that are no streams yet: a PROXY header, or the handshake of TLS or WebSocket, is awaited. Each has a deadline, and all are gone
 * when the broker closes its doors.
 */
export class Negotiations {
  readonly #deadlines = new Map<Socket, NodeJS.Timeout>();

  get size(): number {
    return this.#deadlines.size;
  }

  /** @param milliseconds from now until `onLate` is called and the socket destroyed, unless `end` is called or the socket closed before */
  begin(socket: Socket, milliseconds: number, onLate: () => void): void {
    const deadline = setTimeout(() => {
      onLate();
      socket.destroy();
    }, milliseconds);
    this.#deadlines.set(socket, deadline);
    socket.once("close", () => this.end(socket));
    // A socket without this listener would take the program down when its peer resets the connection; "close" follows.
    socket.on("error", ignore);
  }

  /** The socket has become a stream, or is gone. */
  end(socket: Socket): void {
    clearTimeout(this.#deadlines.get(socket));
    this.#deadlines.delete(socket);
  }

  destroy(): void {
    for (const socket of this.#deadlines.keys()) socket.destroy();
  }
}

function ignore(): void {}
