// QR codes (ISO/IEC 18004) of texts: byte mode, error correction level L, the smallest version that holds the text, the mask with the
// least penalty. Drawn here because a code of a configuration is its private key in another form.

// For each version from 1: codewords of error correction in a block, and blocks.
const CORRECTION = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30,
  30, 30, 30, 30, 30, 30, 30, 30, 30, 30];
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20,
  21, 22, 24, 25];

// Format information of level L.
const LEVEL = 1;

const MASKS = [
  (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3, (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => (x * y) % 2 + (x * y) % 3, (x, y) => ((x * y) % 2 + (x * y) % 3) % 2, (x, y) => ((x + y) % 2 + (x * y) % 3) % 2,
];

/** Rows of modules; true is dark. */
export function matrix(text) {
  const bytes = new TextEncoder().encode(text);
  const version = versionFor(bytes.length);
  const codewords = interleaved(dataCodewords(bytes, version), version);
  const size = version * 4 + 17;
  const canvas = { size, dark: grid(size), fixed: grid(size) };
  drawPatterns(canvas, version);
  drawCodewords(canvas, codewords);
  return best(canvas);
}

/** An SVG element of the code, with the quiet zone around it. */
export function svg(text, title) {
  const rows = matrix(text);
  const size = rows.length + 8;
  const path = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : ""))).join("");
  const make = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const image = make("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": title, "shape-rendering": "crispEdges" });
  image.append(make("rect", { width: size, height: size, fill: "#ffffff" }), make("path", { d: path, fill: "#000000" }));
  return image;
}

const grid = (size) => Array.from({ length: size }, () => new Array(size).fill(false));

// Modules that hold codewords: all but patterns, format and version.
function modules(version) {
  let count = (16 * version + 128) * version + 64;
  if (version > 1) {
    const aligned = Math.floor(version / 7) + 2;
    count -= (25 * aligned - 10) * aligned - 55;
  }
  return version > 6 ? count - 36 : count;
}

const dataLength = (version) => Math.floor(modules(version) / 8) - CORRECTION[version - 1] * BLOCKS[version - 1];

const countBits = (version) => (version < 10 ? 8 : 16);

function versionFor(length) {
  for (let version = 1; version <= 40; version += 1) {
    if (4 + countBits(version) + 8 * length <= 8 * dataLength(version)) return version;
  }
  throw new RangeError("the text is too long for a QR code");
}

function dataCodewords(bytes, version) {
  const bits = [];
  const append = (value, count) => {
    for (let at = count - 1; at >= 0; at -= 1) bits.push((value >>> at) & 1);
  };
  append(4, 4); // Byte mode.
  append(bytes.length, countBits(version));
  for (const byte of bytes) append(byte, 8);
  const capacity = 8 * dataLength(version);
  append(0, Math.min(4, capacity - bits.length));
  append(0, -bits.length & 7);
  for (let pad = 0xec; bits.length < capacity; pad ^= 0xec ^ 0x11) append(pad, 8);
  return Array.from({ length: capacity / 8 }, (_, at) => bits.slice(8 * at, 8 * at + 8).reduce((sum, bit) => 2 * sum + bit, 0));
}

// Multiplies in the field of 256 elements that QR codes use.
function product(left, right) {
  let result = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    result = (result << 1) ^ ((result >>> 7) * 0x11d);
    result ^= ((right >>> bit) & 1) * left;
  }
  return result;
}

function divisor(degree) {
  const result = [...new Array(degree - 1).fill(0), 1];
  for (let step = 0, root = 1; step < degree; step += 1, root = product(root, 2)) {
    for (let at = 0; at < degree; at += 1) result[at] = product(result[at], root) ^ (result[at + 1] ?? 0);
  }
  return result;
}

function remainder(data, by) {
  const result = new Array(by.length).fill(0);
  for (const byte of data) {
    const factor = byte ^ result.shift();
    result.push(0);
    by.forEach((coefficient, at) => { result[at] ^= product(coefficient, factor); });
  }
  return result;
}

// Blocks with their error correction, column by column. The last blocks are one codeword longer.
function interleaved(data, version) {
  const count = BLOCKS[version - 1];
  const by = divisor(CORRECTION[version - 1]);
  const short = Math.floor(data.length / count);
  const shorter = count - (data.length % count);
  const blocks = [];
  for (let at = 0, block = 0; block < count; block += 1) {
    const end = at + short + (block < shorter ? 0 : 1);
    const own = data.slice(at, end);
    blocks.push({ own, correction: remainder(own, by) });
    at = end;
  }
  const columns = (part, length) => Array.from({ length }, (_, at) => blocks.map((block) => block[part][at])).flat();
  return [...columns("own", short + 1), ...columns("correction", by.length)].filter((codeword) => codeword !== undefined);
}

function set({ dark, fixed }, x, y, value) {
  dark[y][x] = value;
  fixed[y][x] = true;
}

function drawPatterns(canvas, version) {
  const { size } = canvas;
  for (let at = 0; at < size; at += 1) {
    set(canvas, 6, at, at % 2 === 0);
    set(canvas, at, 6, at % 2 === 0);
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) drawFinder(canvas, x, y);
  const places = alignment(version);
  const last = places.length - 1;
  places.forEach((x, column) => places.forEach((y, row) => {
    const isFinder = (column === 0 && row === 0) || (column === 0 && row === last) || (column === last && row === 0);
    if (!isFinder) drawAlignment(canvas, x, y);
  }));
  drawFormat(canvas, 0);
  if (version > 6) drawVersion(canvas, version);
}

function drawFinder(canvas, x, y) {
  for (let dy = -4; dy <= 4; dy += 1) {
    for (let dx = -4; dx <= 4; dx += 1) {
      const distance = Math.max(Math.abs(dx), Math.abs(dy));
      const inside = x + dx >= 0 && x + dx < canvas.size && y + dy >= 0 && y + dy < canvas.size;
      if (inside) set(canvas, x + dx, y + dy, distance !== 2 && distance !== 4);
    }
  }
}

function drawAlignment(canvas, x, y) {
  for (let dy = -2; dy <= 2; dy += 1) {
    for (let dx = -2; dx <= 2; dx += 1) set(canvas, x + dx, y + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
  }
}

function alignment(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.floor((version * 8 + count * 3 + 5) / (count * 4 - 4)) * 2;
  const places = Array.from({ length: count - 1 }, (_, at) => version * 4 + 10 - at * step);
  return [6, ...places.reverse()];
}

// The level and the mask, with their error correction, beside the finders.
function drawFormat(canvas, mask) {
  const { size } = canvas;
  const data = (LEVEL << 3) | mask;
  let rest = data;
  for (let step = 0; step < 10; step += 1) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ 0x5412;
  const bit = (at) => ((bits >>> at) & 1) === 1;
  for (let at = 0; at <= 5; at += 1) set(canvas, 8, at, bit(at));
  set(canvas, 8, 7, bit(6));
  set(canvas, 8, 8, bit(7));
  set(canvas, 7, 8, bit(8));
  for (let at = 9; at < 15; at += 1) set(canvas, 14 - at, 8, bit(at));
  for (let at = 0; at < 8; at += 1) set(canvas, size - 1 - at, 8, bit(at));
  for (let at = 8; at < 15; at += 1) set(canvas, 8, size - 15 + at, bit(at));
  set(canvas, 8, size - 8, true);
}

function drawVersion(canvas, version) {
  let rest = version;
  for (let step = 0; step < 12; step += 1) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let at = 0; at < 18; at += 1) {
    const dark = ((bits >>> at) & 1) === 1;
    const near = Math.floor(at / 3);
    const far = canvas.size - 11 + (at % 3);
    set(canvas, far, near, dark);
    set(canvas, near, far, dark);
  }
}

// Columns of two modules from the right, up and down in turns; the timing pattern is left out.
function drawCodewords({ size, dark, fixed }, codewords) {
  let at = 0;
  for (let right = size - 1, up = true; right >= 1; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const y = up ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (fixed[y][x] || at >= 8 * codewords.length) continue;
        dark[y][x] = ((codewords[at >>> 3] >>> (7 - (at & 7))) & 1) === 1;
        at += 1;
      }
    }
  }
}

function best(canvas) {
  const candidates = MASKS.map((mask, index) => {
    const copy = { ...canvas, dark: canvas.dark.map((row, y) => row.map((dark, x) => dark !== (!canvas.fixed[y][x] && mask(x, y) === 0))) };
    drawFormat(copy, index);
    return { rows: copy.dark, penalty: penalty(copy.dark) };
  });
  return candidates.reduce((least, candidate) => (candidate.penalty < least.penalty ? candidate : least)).rows;
}

// What makes a code hard to read: long runs, blocks, what looks like a finder, and too much of one colour.
function penalty(rows) {
  const columns = rows.map((_, x) => rows.map((row) => row[x]));
  const lines = [...rows, ...columns].map((line) => line.map((dark) => (dark ? "1" : "0")).join(""));
  let sum = 0;
  for (const line of lines) {
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) sum += run.length - 2;
    sum += 40 * [...line.matchAll(/(?=00001011101|10111010000)/g)].length;
  }
  rows.slice(1).forEach((row, y) => row.slice(1).forEach((dark, x) => {
    if (rows[y][x] === dark && rows[y][x + 1] === dark && row[x] === dark) sum += 3;
  }));
  const share = rows.flat().filter(Boolean).length / rows.length ** 2;
  return sum + 10 * Math.floor(Math.abs(share - 0.5) * 20);
}
