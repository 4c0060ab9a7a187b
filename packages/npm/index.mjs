// `portway grid` as a process that lives as long as it is needed.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

// A grid is ready in milliseconds; one with much data reads it first.
const START_MILLISECONDS = 60_000;
// It ends within two seconds of being asked.
const STOP_MILLISECONDS = 10_000;
// What of its messages an error quotes.
const QUOTED_CHARACTERS = 4096;

const BINARY = fileURLToPath(new URL("bin/portway", import.meta.url));

export class GridError extends Error {
  name = "GridError";
}

export class Grid {
  #child;
  #ended;

  constructor(child, ended, address) {
    this.#child = child;
    this.#ended = ended;
    const colon = address.lastIndexOf(":");
    this.host = address.slice(0, colon);
    this.port = Number(address.slice(colon + 1));
    this.address = address;
  }

  static async start(options = {}) {
    const parameters = ["grid", "--json", "--listen", "127.0.0.1:0", ...(options.arguments ?? [])];
    if (options.data !== undefined) parameters.push("--data", options.data);
    const child = spawn(options.binary ?? BINARY, parameters, { stdio: ["ignore", "pipe", "pipe"] });
    const kill = () => child.kill("SIGKILL");
    process.once("exit", kill);
    const ended = new Promise((resolve) => child.once("close", resolve));
    ended.then(() => process.off("exit", kill));
    try {
      const address = await readyAddress(child);
      // Neither the process nor its pipes keep a program alive that has nothing else to do.
      for (const held of [child, child.stdout, child.stderr]) held.unref();
      return new Grid(child, ended, address);
    } catch (error) {
      kill();
      throw error;
    }
  }

  async stop() {
    this.#child.ref();
    this.#child.kill("SIGTERM");
    const late = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MILLISECONDS);
    await this.#ended;
    clearTimeout(late);
  }

  // Older runtimes lack the symbol; then there is no `await using` either.
  [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    return this.stop();
  }
}

/** Waits for the one line that says where it listens. */
function readyAddress(child) {
  return new Promise((resolve, reject) => {
    let line = "";
    let said = "";
    const fail = (what) => reject(new GridError(`${child.spawnargs.join(" ")} ${what}:\n${said}`));
    const late = setTimeout(() => fail(`was not ready after ${START_MILLISECONDS / 1000} s`), START_MILLISECONDS);
    child.stderr.setEncoding("utf8").on("data", (text) => {
      said = (said + text).slice(-QUOTED_CHARACTERS);
    });
    child.stdout.setEncoding("utf8").on("data", (text) => {
      line += text;
      if (!line.includes("\n")) return;
      clearTimeout(late);
      // The first of its addresses is ours, those of `arguments` follow.
      resolve(JSON.parse(line).listen.split(",")[0]);
    });
    child.once("error", (error) => {
      clearTimeout(late);
      fail(`cannot be started: ${error.message}`);
    });
    child.once("close", () => {
      clearTimeout(late);
      fail("ended at once");
    });
  });
}
