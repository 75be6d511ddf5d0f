import { Connection, type Role, type Shared } from "./connection.ts";

/** Connects and does nothing. */
export class IdleClient implements Role {
  readonly #connection: Connection;

  /** @param localAddress of this machine, where it matters */
  constructor(shared: Shared, localAddress?: string) {
    this.#connection = new Connection(shared, this, localAddress);
  }

  open(name: string): Promise<void> {
    return this.#connection.open(name);
  }

  /** Has `open` rejected, where it still waits. */
  abandon(reason: string): void {
    this.#connection.abandon(reason);
  }

  close(): void {
    this.#connection.close();
  }

  /** Leaves without a trace in the kernel. */
  reset(): void {
    this.#connection.reset();
  }

  fill(): void {}

  packet(first: number, bytes: Buffer, _body: number, end: number): void {
    this.#connection.answer(first >> 4, bytes[end - 1] ?? 0, 0);
  }
}
