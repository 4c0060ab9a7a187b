// Makes the key pair, asks to be let in, and shows configuration and QR code. The private key is sent nowhere.
import { svg } from "./qr.js";

const element = (id) => document.getElementById(id);
const form = element("form");

// The token may come behind the # of the address, which no browser sends to a server.
const invited = decodeURIComponent(location.hash.slice(1));
if (invited !== "") {
  element("token").value = invited;
  history.replaceState(null, "", location.pathname + location.search);
}

let canMakeKeys = true;

async function keyPair() {
  const pair = await crypto.subtle.generateKey({ name: "X25519" }, true, ["deriveBits"]);
  const { d, x } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return { privateKey: clamped(base64(d)), publicKey: base64(x) };
}

// JSON Web Keys are written for addresses; WireGuard's are plain base64.
function base64(text) {
  return text.replaceAll("-", "+").replaceAll("_", "/").padEnd(44, "=");
}

// As `wg genkey` writes a key: the bits that the curve ignores are set.
function clamped(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  bytes[0] &= 248;
  bytes[31] = (bytes[31] & 127) | 64;
  return btoa(String.fromCharCode(...bytes));
}

// Asked once, before anybody waits for it.
async function checkSupport() {
  try {
    await keyPair();
  } catch {
    canMakeKeys = false;
    const place = isSecureContext ? "This browser cannot make such keys (X25519)." : "Browsers make keys only on pages that come over https.";
    element("support").textContent = `${place} A newer browser can (Chrome 133, Firefox 130, Safari 17). If you go on with this one, the ` +
      "gateway makes the key and sends it over this connection; it does not keep it.";
    element("support").hidden = false;
    element("promise").hidden = true;
    element("join").textContent = "Join with a key of the gateway";
  }
}

async function enrol(token, publicKey) {
  const key = publicKey === undefined ? { generate: true } : { public_key: publicKey };
  const response = await fetch("enrol", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token, ...key }),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `The server answered with status ${response.status}.`);
  return answer;
}

function withPrivateKey(configuration, privateKey) {
  return configuration.replace(/^\[Interface\]\r?\n/m, `[Interface]\nPrivateKey = ${privateKey}\n`);
}

async function join(token) {
  const pair = canMakeKeys ? await keyPair() : undefined;
  const answer = await enrol(token, pair?.publicKey);
  if (pair !== undefined) answer.configuration = withPrivateKey(answer.configuration, pair.privateKey);
  return answer;
}

function show({ name, configuration }) {
  element("result-title").textContent = `Welcome, ${name}`;
  element("configuration").textContent = configuration;
  element("code").replaceChildren(svg(configuration, `QR code of the configuration for ${name}`));
  const file = `${name.replaceAll(/[^A-Za-z0-9_=+.-]/g, "-").slice(0, 15) || "portway"}.conf`;
  const download = element("download");
  download.href = URL.createObjectURL(new Blob([configuration], { type: "text/plain" }));
  download.download = file;
  download.textContent = `Download ${file}`;
  form.hidden = true;
  element("result").hidden = false;
  element("result-title").focus();
}

function complain(message) {
  element("problem").textContent = message;
  element("problem").hidden = message === "";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const token = element("token").value.trim();
  complain("");
  if (token === "") {
    complain("Paste the token of your invitation first.");
    element("token").focus();
    return;
  }
  element("join").disabled = true;
  element("status").textContent = "Asking the gateway …";
  try {
    show(await join(token));
    element("status").textContent = "This device may join now.";
  } catch (error) {
    element("status").textContent = "";
    complain(error instanceof TypeError ? "The server cannot be reached. Check your connection and try again." : error.message);
  } finally {
    element("join").disabled = false;
  }
});

element("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(element("configuration").textContent);
  element("status").textContent = "Copied. Clear your clipboard when you are done.";
});

await checkSupport();
document.documentElement.dataset.ready = "true";
