import { LOG_LEVELS } from "../../observability/log.ts";
import { oneOf, section } from "./types.ts";

export const logSchema = section({
  level: oneOf(LOG_LEVELS).prefault("info").describe("least severe log lines to write"),
})
  .prefault({})
  .describe("the log, which goes to standard output");
