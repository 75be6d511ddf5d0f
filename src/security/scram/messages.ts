/** A user name that nobody has; it bounds what is kept of an exchange. */
const LONGEST_MESSAGE = 2_048;
/** Printable ASCII but for the comma (RFC 5802 §7). */
const NONCE = /^[\x21-\x2b\x2d-\x7e]+$/;

/** The first message of a client, `n,,n=user,r=nonce`. */
export interface ClientFirst {
  readonly gs2Header: string;
  /** The rest, as both sides sign it. */
  readonly bare: string;
  readonly username: string;
  readonly nonce: string;
}

/** Its last one, `c=biws,r=nonce,p=proof`. */
export interface ClientFinal {
  readonly withoutProof: string;
  readonly channelBinding: string;
  readonly nonce: string;
  readonly proof: Buffer;
}

/** @returns undefined for what is no such message, wants channel binding or another's rights, or has an extension that has to be understood */
export function parseClientFirst(text: string): ClientFirst | undefined {
  const found = /^([ny],,)(n=([^,]*),r=([^,]+)(?:,.*)?)$/.exec(text);
  if (found === null || text.length > LONGEST_MESSAGE) return undefined;
  const [, gs2Header = "", bare = "", name = "", nonce = ""] = found;
  const username = decodeName(name);
  return username === undefined || !NONCE.test(nonce) ? undefined : { gs2Header, bare, username, nonce };
}

/** @returns undefined for what is no such message */
export function parseClientFinal(text: string): ClientFinal | undefined {
  const found = /^(c=([^,]+),r=([^,]+)(?:,.*)?),p=([A-Za-z0-9+/]+={0,2})$/.exec(text);
  if (found === null || text.length > LONGEST_MESSAGE) return undefined;
  const [, withoutProof = "", channelBinding = "", nonce = "", proof = ""] = found;
  return { withoutProof, channelBinding, nonce, proof: Buffer.from(proof, "base64") };
}

/** In a name `=2C` stands for a comma and `=3D` for an equals sign. */
function decodeName(name: string): string | undefined {
  if (name === "" || /=(?!2C|3D)/.test(name)) return undefined;
  return name.replaceAll("=2C", ",").replaceAll("=3D", "=");
}
