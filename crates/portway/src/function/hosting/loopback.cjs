// Loaded before a platform's own runtime: its servers listen on the address that was asked for and not on all that the machine has.
const { Server } = require("node:net");
const process = require("node:process");

const { listen } = Server.prototype;
const host = process.env.PORTWAY_LISTEN_HOST;

Server.prototype.listen = function (...words) {
  const [first, second] = words;
  if (typeof first === "object" && first?.port !== undefined) words[0] = { ...first, host };
  else if (/^\d+$/.test(String(first))) words.splice(1, typeof second === "string" ? 1 : 0, host);
  return listen.apply(this, words);
};
