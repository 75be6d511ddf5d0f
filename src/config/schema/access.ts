import type { z } from "zod";
import { validateFilter } from "../../matcher/validate.ts";
import type { AccessOptions } from "../../security/acl/options.ts";
import { list, oneOf, path, section, text, trueOrFalse } from "./types.ts";

const filter = text("a topic filter").check(({ value, issues }) => {
  const flaw = validateFilter(value);
  if (flaw !== undefined)
    issues.push({ code: "custom", message: `give a topic filter: ${flaw.message}`, input: value });
});

const ruleSchema = section({
  effect: oneOf(["allow", "deny"]).describe("what is done about that which the rule is about"),
  actions: list(oneOf(["publish", "subscribe", "receive"]), "actions")
    .min(1, { error: "give one action at least" })
    .exactOptional()
    .describe(
      "what it is about: publish (the will included), subscribe (and what comes of it), receive (what is on its way to a subscriber); all by default",
    ),
  filters: list(filter, "topic filters")
    .exactOptional()
    .describe(
      "topic filters; %u is the user name, %c the client identifier, %% a %; $-topics match only filters that begin with $; every topic by default",
    ),
  users: list(text("a user name"), "user names").exactOptional().describe("user names; everybody by default"),
  groups: list(text("a group"), "groups")
    .exactOptional()
    .describe("groups of which the client is in one; everybody by default"),
  clients: list(text("a client identifier"), "client identifiers")
    .exactOptional()
    .describe("client identifiers, * stands for any characters; everybody by default"),
  addresses: list(text("an address, or a network as 10.0.0.0/8"), "addresses")
    .exactOptional()
    .describe("addresses and networks that the client comes from; everybody by default"),
  anonymous: trueOrFalse().exactOptional().describe("true: about clients without a user name alone; false by default"),
});

export const accessSchema = section({
  otherwise: oneOf(["allow", "deny"])
    .exactOptional()
    .describe("what is done where no rule says anything; deny by default"),
  rules: list(ruleSchema, "rules").exactOptional().describe("rules in order: the first that is about it decides"),
  aclFile: path().exactOptional().describe("file as Mosquitto's acl_file, whose rules are asked behind `rules`"),
}) satisfies z.ZodType<AccessOptions>;
