// Drives the page in Chromium: `node browser.mjs URL FOLDER [without-keys]`. Prints the configuration that it shows and the one in its QR
// code as JSON, and leaves a screenshot in the folder.
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import jsQR from "jsqr";

const [url, folder, without] = process.argv.slice(2);
const SIZE = 600; // Pixels of the drawn QR code.
const profile = join(folder, "profile");
rmSync(profile, { recursive: true, force: true });

const OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync", "--hide-scrollbars",
  "--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0", "--window-size=1000,1100"];
const browser = spawn("chromium", [...OPTIONS, `--user-data-dir=${profile}`, "about:blank"], { stdio: "ignore" });

async function until(look, what) {
  const limit = Date.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > limit) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function connected() {
  const port = await until(() => {
    try {
      return readFileSync(join(profile, "DevToolsActivePort"), "utf8").split("\n")[0];
    } catch {
      return undefined;
    }
  }, "the port of Chromium");
  const pages = await until(async () => {
    const list = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
    return list.filter(({ type }) => type === "page")[0];
  }, "a page");
  const socket = new WebSocket(pages.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
  const waiting = new Map();
  socket.onmessage = ({ data }) => {
    const { id, result, error } = JSON.parse(data);
    waiting.get(id)?.[error === undefined ? "resolve" : "reject"](result ?? new Error(error?.message));
  };
  let count = 0;
  return (method, params = {}) => new Promise((resolve, reject) => {
    count += 1;
    waiting.set(count, { resolve, reject });
    socket.send(JSON.stringify({ id: count, method, params }));
  });
}

// Draws the code, and gives its pixels as a text of 0 and 1.
const PIXELS = `(async () => {
  const text = new XMLSerializer().serializeToString(document.querySelector("#code svg"));
  const image = new Image(${SIZE}, ${SIZE});
  image.src = "data:image/svg+xml," + encodeURIComponent(text);
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: ${SIZE}, height: ${SIZE} });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, ${SIZE}, ${SIZE});
  const { data } = context.getImageData(0, 0, ${SIZE}, ${SIZE});
  return Array.from({ length: data.length / 4 }, (_, at) => (data[4 * at] < 128 ? "1" : "0")).join("");
})()`;

function decoded(pixels) {
  const colours = new Uint8ClampedArray(pixels.length * 4).fill(255);
  [...pixels].forEach((dark, at) => { if (dark === "1") colours.fill(0, 4 * at, 4 * at + 3); });
  return (jsQR.default ?? jsQR)(colours, SIZE, SIZE)?.data;
}

async function drive(send) {
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  };
  const screenshot = async (name) => {
    const { data } = await send("Page.captureScreenshot", { captureBeyondViewport: true });
    writeFileSync(join(folder, `${name}.png`), Buffer.from(data, "base64"));
  };
  await send("Page.enable");
  if (without !== undefined) await send("Page.addScriptToEvaluateOnNewDocument", { source: "crypto.subtle.generateKey = () => Promise.reject(new Error());" });
  await send("Page.navigate", { url });
  await until(() => evaluate('document.documentElement?.dataset.ready === "true"'), "the page to be ready");
  const support = await evaluate('document.getElementById("support").textContent');
  await screenshot("before");
  await evaluate('document.getElementById("join").click()');
  await until(() => evaluate('!document.getElementById("result").hidden || !document.getElementById("problem").hidden'), "an answer");
  await screenshot("after");
  const problem = await evaluate('document.getElementById("problem").textContent');
  if (problem !== "") return { problem, support };
  const configuration = await evaluate('document.getElementById("configuration").textContent');
  const address = await evaluate("location.href");
  return { configuration, code: decoded(await evaluate(PIXELS)), support, address };
}

try {
  console.log(JSON.stringify(await drive(await connected())));
} finally {
  browser.kill();
}
process.exit(0);
