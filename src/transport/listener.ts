/** A door that is open: an address at which clients connect. */
export interface Listener {
  readonly protocol: "mqtt" | "ws";
  readonly host: string;
  /** The port really taken, also where 0 was asked for. */
  readonly port: number;
  /** Takes no new connections from now on; the open ones go on. */
  close(): void;
}
