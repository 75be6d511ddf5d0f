/** Hashes of the password `secret`, one in each form; the ones of Mosquitto were made by its own mosquitto_passwd 2.0.11. */
export const SECRET_HASHES = {
  argon2id: "$argon2id$v=19$m=256,t=1,p=1$xbAsE50LrRPRb+u+1zX01Q$NwdVB7GHkgoWlCCQ4q89tAPmbTOGS1PBaPEzgm8oKSE",
  sha512:
    "$6$giqZhxdMQ9IqgULi$8FdiiW/hO+8B6tgDUTfwuvwBfqCE2SwbCZ263N/dPh6o4yFz16YzHKpTN0cYBrxs4DxTXBNuJUntvYSsP5BQTA==",
  pbkdf2:
    "$7$101$aZuKxV+5+ghqnL36$Ov0SBB8D4FDv2Bki5lY0u5B3Dj2Aoqvgm6img/uFUPtyDVUfIwO4wCfi6WFqGsXkaKGGrGLQD9k7CI0eRDy4Ng==",
};
