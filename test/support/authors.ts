import fc from "fast-check";
import type { ClientInfo } from "../../src/security/access.ts";
import { TRANSPORTS } from "../../src/transport/peer.ts";
import { text } from "./arbitraries.ts";

const author = fc.record({
  version: fc.constantFrom(3, 4, 5),
  transport: fc.constantFrom(...TRANSPORTS),
  remoteAddress: fc.ipV4(),
  listener: text,
  groups: fc.array(text, { maxLength: 2 }),
  acl: fc.option(fc.record({ publish: fc.array(text) }), { nil: undefined }),
});

type Names = Pick<ClientInfo, "clientIdentifier" | "username">;

/** A session with the author of its will, where it has one. */
export function withAuthor<Session extends Names & { readonly will: object | undefined }>(
  session: fc.Arbitrary<Session>,
): fc.Arbitrary<Session & { readonly author: ClientInfo | undefined }> {
  return fc.tuple(session, author).map(([row, { groups, acl, ...rest }]) => {
    const { clientIdentifier, username, will } = row;
    const identity = { username, groups, expiresAt: undefined, acl };
    const unknown = { remotePort: 0, certificate: undefined, pskIdentity: undefined };
    return { ...row, author: will && { ...rest, ...unknown, clientIdentifier, username, identity } };
  });
}
