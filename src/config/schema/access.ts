import type { z } from "zod";
import type { AccessOptions } from "../../security/acl/options.ts";
import { list, networks, oneOf, path, section, text, topicFilter, trueOrFalse } from "./types.ts";

const ruleSchema = section({
  effect: oneOf(["allow", "deny"]).describe("what the rule says"),
  actions: list(oneOf(["publish", "subscribe", "receive"]), "actions")
    .exactOptional()
    .describe("what it is about: publish (wills too), subscribe (with receive), receive; all by default"),
  filters: list(topicFilter(), "topic filters")
    .exactOptional()
    .describe(
      "topics it is about, `%u` the user name, `%c` the client identifier, `%%` a percent sign; all by default",
    ),
  users: list(text("a user name"), "user names").exactOptional().describe("user names it is about"),
  groups: list(text("a group"), "groups").exactOptional().describe("groups it is about"),
  clients: list(text("a client identifier"), "client identifiers")
    .exactOptional()
    .describe("client identifiers it is about, `*` any characters"),
  addresses: networks().exactOptional().describe("addresses and networks it is about"),
  anonymous: trueOrFalse().exactOptional().describe("true: about clients without a user name alone; false by default"),
});

export const accessRulesSchema = section({
  otherwise: oneOf(["allow", "deny"]).prefault("deny").describe("what is done about that which no rule is about"),
  rules: list(ruleSchema, "rules")
    .exactOptional()
    .describe("asked in this order: the first rule about the client, the action and the topic decides"),
  aclFile: path().exactOptional().describe("file of Mosquitto's acl_file format, whose rules are asked behind `rules`"),
}) satisfies z.ZodType<AccessOptions>;
