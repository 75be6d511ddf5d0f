import type { BrokerOptions, ClientLimitRule } from "../../src/index.ts";
import { startBroker, type TestBroker } from "./broker.ts";

/** Whoever says a user name is that user, of the group of its first letter. */
export const access: NonNullable<BrokerOptions["access"]> = {
  authenticate: ({ username }) => (username === undefined ? {} : { username, groups: [username.slice(0, 1)] }),
};

/** A broker whose clients with identifiers that begin with `l` are limited. */
export function startLimited(limits: ClientLimitRule, options: BrokerOptions = {}): Promise<TestBroker> {
  return startBroker({ access, ...options, clientLimits: [{ clients: ["l*"], ...limits }] });
}
