import type { Logger } from "pino";
import type { BrokerOptions } from "./options.ts";
import type { Config } from "./schema/config.ts";

/** What a configuration means to the broker. */
export function brokerOptions(config: Config, log: Logger): BrokerOptions {
  const { listeners, limits, clientLimits, authentication, accessRules, directIo } = config;
  const { enabled, ...persistence } = config.persistence;
  const options = { listeners, limits, authentication, directIo, log };
  return {
    ...options,
    ...(accessRules && { accessRules }),
    ...(clientLimits && { clientLimits }),
    ...(enabled && { persistence }),
  };
}
