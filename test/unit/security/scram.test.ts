import { describe, expect, it } from "vitest";
import { parseClientFinal, parseClientFirst } from "../../../src/security/scram/messages.ts";
import { saslprep } from "../../../src/security/scram/saslprep.ts";
import { parseScramVerifier } from "../../../src/security/scram/verifier.ts";
import { scramStoredKeys } from "../../support/scram-client.ts";

/** The example of RFC 7677 §3. */
const EXAMPLE = {
  clientFirstBare: "n=user,r=rOprNGfwEbeRWgbNEkqO",
  serverFirst: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
  withoutProof: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
  proof: "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
  signature: "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
};

it("the example of RFC 7677 is accepted and answered as it stands there", () => {
  const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
  const { storedKey, serverKey } = scramStoredKeys("sha256", "pencil", salt, 4096);
  const text = `$scram-sha-256$4096$W22ZaJ0SNY7soEsUEjb6gQ==$${storedKey.toString("base64")}$${serverKey.toString("base64")}`;
  const verifier = parseScramVerifier(text);
  const authMessage = `${EXAMPLE.clientFirstBare},${EXAMPLE.serverFirst},${EXAMPLE.withoutProof}`;
  const proof = Buffer.from(EXAMPLE.proof, "base64");
  expect(verifier?.accepts(proof, authMessage)).toBe(true);
  expect(verifier?.serverSignature(authMessage)).toBe(EXAMPLE.signature);
  expect(verifier?.accepts(proof, `${authMessage} `)).toBe(false);
  expect(verifier?.accepts(proof.subarray(1), authMessage)).toBe(false);
  expect(String(verifier)).toBe(text);
});

describe("the first message of a client", () => {
  it("says who it is", () => {
    expect(parseClientFirst("n,,n=a=2Cb=3Dc,r=xyz")).toEqual({
      gs2Header: "n,,",
      bare: "n=a=2Cb=3Dc,r=xyz",
      username: "a,b=c",
      nonce: "xyz",
    });
    expect(parseClientFirst("y,,n=a,r=xyz,ext=1")).toMatchObject({ gs2Header: "y,,", nonce: "xyz" });
  });

  it.each([
    ["channel binding", "p=tls-unique,,n=a,r=x"],
    ["another's rights", "n,a=admin,n=a,r=x"],
    ["an extension that has to be understood", "n,,m=ext,n=a,r=x"],
    ["no name", "n,,n=,r=x"],
    ["a wrong escape", "n,,n=a=2D,r=x"],
    ["no nonce", "n,,n=a,r="],
    ["a nonce with a space", "n,,n=a,r=x y"],
    ["nothing", ""],
    ["too much", `n,,n=${"a".repeat(3_000)},r=x`],
  ])("with %s is refused", (_name, text) => {
    expect(parseClientFirst(text)).toBeUndefined();
  });
});

it.each(["", "c=biws,r=x", "r=x,c=biws,p=AA==", "c=biws,r=x,p=", "c=biws,r=x,p=!!"])(
  "a last message %j is refused",
  (text) => {
    expect(parseClientFinal(text)).toBeUndefined();
  },
);

it.each([
  ["I\u00adX", "IX"],
  ["user", "user"],
  ["USER", "USER"],
  ["\u00aa", "a"],
  ["\u2168", "IX"],
  ["a\u3000b", "a b"],
])("SASLprep makes %j %j (RFC 4013 §3)", (text, prepared) => {
  expect(saslprep(text)).toBe(prepared);
});

it.each(["\u0007", "", "a\u200eb", "\ue000", "\ud800", "\ufffe", "\u{e0041}"])("SASLprep does not allow %j", (text) => {
  expect(saslprep(text)).toBeUndefined();
});
