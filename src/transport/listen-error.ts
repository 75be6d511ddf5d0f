import { TernmqError } from "../errors.ts";

const REMEDIES: Record<string, string> = {
  EADDRINUSE: "another program listens there already: stop it, or choose another port (0 takes a free one)",
  EACCES: "this user may not listen there: choose a port from 1024 on, or give the program the right to",
  EADDRNOTAVAIL: "this machine has no such address: choose one of its own, or 0.0.0.0 for all of them",
  ENOTFOUND: "the host name is not known: choose an address of this machine",
};

/** A listener could not be opened; the message names the address and what to do. */
export class ListenError extends TernmqError {
  constructor(protocol: string, host: string, port: number, cause: NodeJS.ErrnoException) {
    const why = (cause.code && REMEDIES[cause.code]) ?? cause.message;
    super("ERR_LISTEN", `cannot listen for ${protocol} on ${host}:${port}: ${why}`, { cause });
  }
}
