// When each frame of an MP4 is shown, read from its index, without decoding. Webcams send frames at an uneven rate, so
// only the file itself knows. Layout: ISO/IEC 14496-12 (boxes mdhd, elst, stts, ctts).

const FIRST_BYTES = 1 << 16;

// Resolves to the frames' times in seconds, rising, as a Float64Array; null where the file has no such index.
export async function frameTimes(address) {
  const movie = await movieBox(address);
  if (!movie) return null;
  const track = children(movie).filter((box) => box.type === "trak").find(isVideo);
  return track ? shownTimes(track, timescale(inside(movie, "mvhd"))) : null;
}

async function bytes(address, from, to) {
  const response = await fetch(address, { headers: { Range: `bytes=${from}-${to - 1}` }, credentials: "same-origin" });
  if (!response.ok) throw new Error(`The recording's index cannot be read (status ${response.status}).`);
  const buffer = await response.arrayBuffer();
  return new DataView(response.status === 206 ? buffer : buffer.slice(from, to));
}

// The box 'moov' as {type, view}; usually in front, wherever it lies. Null where the file is no MP4.
async function movieBox(address) {
  let from = 0;
  let known = await bytes(address, 0, FIRST_BYTES);
  for (;;) {
    if (known.byteLength < 8) return null;
    const { type, size } = header(known, 0);
    if (size < 8) return null;
    if (type === "moov") {
      const view = size <= known.byteLength ? known : await bytes(address, from, from + size);
      return { type, view: part(view, 8, size) };
    }
    if (!/^[a-z0-9]{4}$/.test(type)) return null;
    from += size;
    known = size + 16 <= known.byteLength ? part(known, size, known.byteLength) : await bytes(address, from, from + FIRST_BYTES);
  }
}

const part = (view, from, to) => new DataView(view.buffer, view.byteOffset + from, to - from);

function header(view, at) {
  const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => view.getUint8(at + i)));
  const size = view.getUint32(at);
  if (size !== 1 || view.byteLength < at + 16) return { type, size };
  return { type, size: Number(view.getBigUint64(at + 8)) };
}

function children({ view }) {
  const found = [];
  for (let at = 0; at + 8 <= view.byteLength; ) {
    const { type, size } = header(view, at);
    if (size < 8 || at + size > view.byteLength) break;
    found.push({ type, view: part(view, at + 8, at + size) });
    at += size;
  }
  return found;
}

const inside = (box, ...path) => path.reduce((found, type) => found && children(found).find((child) => child.type === type), box);

const isVideo = (track) => inside(track, "mdia", "hdlr")?.view.getUint32(8) === 0x76696465; // 'vide'

// Of mvhd and mdhd: units a second.
const timescale = ({ view }) => view.getUint32(view.getUint8(0) === 1 ? 20 : 12);

function shownTimes(track, movieScale) {
  const scale = timescale(inside(track, "mdia", "mdhd"));
  const table = inside(track, "mdia", "minf", "stbl");
  const deltas = unrolled(inside(table, "stts"));
  const later = inside(table, "ctts");
  const offsets = later ? unrolled(later) : null;
  const { begin, delay } = firstEdit(inside(track, "edts", "elst"), scale, movieScale);
  let at = 0;
  const times = deltas.map((delta, i) => {
    const shown = (at + (offsets?.[i] ?? 0) - begin) / scale + delay;
    at += delta;
    return shown;
  });
  return Float64Array.from(times).sort().filter((time) => time > -1e-6);
}

// Entries of (count, value), each value as often as it counts. Offsets may be negative; no delta is so large as to look it.
function unrolled({ view }) {
  const all = [];
  for (let i = 0, at = 8; i < view.getUint32(4); i++, at += 8) {
    for (let count = view.getUint32(at); count > 0; count--) all.push(view.getInt32(at + 4));
  }
  return all;
}

// Where on the media's own clock the showing begins (media units), and how long nothing is shown before (seconds).
function firstEdit(list, scale, movieScale) {
  let delay = 0;
  if (!list) return { begin: 0, delay };
  const { view } = list;
  const wide = view.getUint8(0) === 1;
  for (let i = 0, at = 8; i < view.getUint32(4); i++, at += wide ? 20 : 12) {
    const lasts = wide ? Number(view.getBigUint64(at)) : view.getUint32(at);
    const begin = wide ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4);
    if (begin >= 0) return { begin, delay };
    delay += lasts / movieScale;
  }
  return { begin: 0, delay };
}
