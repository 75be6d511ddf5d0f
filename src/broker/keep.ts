import type { Broker } from "./broker.ts";
import type { Client } from "./client.ts";

/**
 * The client's packet left something that has to be kept before the client is told anything more. Who writes faster than the disk is not read
 * from until that is done.
 */
export function keepFirst({ store }: Broker, client: Client): void {
  store.hold(client);
  if (store.isBehind) client.awaitStore();
}
