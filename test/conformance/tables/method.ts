import type { ConnectOptions } from "../../support/packets.ts";

/** Methods of enhanced authentication that the server of the generated tests has. */
export const TAKES_ALL = "takes all";
export const ASKS_ONCE_MORE = "asks once more";

/** A CONNECT after which the client may send AUTH at any time. */
export const WITH_METHOD: ConnectOptions = { properties: { authenticationMethod: TAKES_ALL } };
