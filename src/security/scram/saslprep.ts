/** Spaces that become U+0020 (RFC 3454 C.1.2). */
const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;
/** Characters that are left out (RFC 3454 B.1). */
// biome-ignore lint/suspicious/noMisleadingCharacterClass: each of them is left out on its own
const NOTHING = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/gu;
/** Characters that may not be there (RFC 3454 C.2.1, C.2.2, C.3 to C.9). */
const PROHIBITED =
  /\p{Cc}|\p{Co}|\p{Cs}|\p{Noncharacter_Code_Point}|[\u06dd\u070f\u180e\u200e\u200f\u2028-\u202e\u2061-\u2063\u206a-\u206f\u2ff0-\u2ffb\ufff9-\ufffd]|\u0340|\u0341|[\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/u;

/**
 * Makes equal what users take for equal in names and passwords (SASLprep, RFC 4013), but for two checks: the one of mixed writing
 * directions and that of characters which Unicode 3.2 did not have yet; what has those is taken as it is.
 * @returns undefined for text with characters that are prohibited, and for none
 */
export function saslprep(text: string): string | undefined {
  const prepared = text.replace(SPACES, " ").replace(NOTHING, "").normalize("NFKC");
  return prepared === "" || PROHIBITED.test(prepared) ? undefined : prepared;
}
