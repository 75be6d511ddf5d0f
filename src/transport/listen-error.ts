import { TernmqError } from "../errors.ts";

const REMEDIES: Record<string, string> = {
  EADDRINUSE: "another program listens there already: stop it, or choose another port (0 takes a free one)",
  EACCES: "this user may not listen there: choose a port from 1024 on, or give the program the right to",
  EADDRNOTAVAIL: "this machine has no such address: choose one of its own, or 0.0.0.0 for all of them",
  ENOTFOUND: "the host name is not known: choose an address of this machine",
};

const SOCKET_FILE_REMEDIES: Record<string, string> = {
  EADDRINUSE: "another program listens there already: stop it, or choose another path",
  EACCES: "this user may not make a file there: choose another directory",
  ENOENT: "there is no such directory: make it, or choose another one",
};

/** A listener could not be opened; the message names the address and what to do. */
export class ListenError extends TernmqError {
  /** @param at host and port, or the path of a Unix socket */
  constructor(protocol: string, at: string, cause: NodeJS.ErrnoException) {
    const remedies = protocol === "unix" ? SOCKET_FILE_REMEDIES : REMEDIES;
    const why = (cause.code && remedies[cause.code]) ?? cause.message;
    super("ERR_LISTEN", `cannot listen for ${protocol} on ${at}: ${why}`, { cause });
  }
}
