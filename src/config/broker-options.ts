import type { Logger } from "pino";
import type { BrokerOptions } from "./options.ts";
import type { Config } from "./schema/config.ts";

/** What a configuration means to the broker. */
export function brokerOptions(config: Config, log: Logger): BrokerOptions {
  const { listeners, limits, authentication, directIo } = config;
  const { enabled, ...persistence } = config.persistence;
  return { listeners, limits, authentication, directIo, log, ...(enabled ? { persistence } : {}) };
}
