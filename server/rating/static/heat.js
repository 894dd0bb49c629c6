// Where the person looked so far, as heat: every fixation a Gaussian, weighted by how long it lasted up to now.

const COLUMNS = 128; // coarse; the browser smooths it when it is drawn large
const SIGMA = 0.025; // of the screen's width: about 1 degree at a desk
const REACH = 3; // standard deviations after which nothing is added
const LEAST_MS = 700; // the heat of less than this stays faint
// From faint to hot: [share of the hottest, red, green, blue, opacity].
const INKS = [
  [0, 40, 90, 200, 0],
  [0.15, 50, 130, 230, 0.3],
  [0.4, 60, 210, 170, 0.45],
  [0.7, 250, 215, 70, 0.58],
  [1, 250, 90, 50, 0.7],
];

// Milliseconds of looking for each cell of `columns` × `rows`, up to `t`. `fixations`: start_ms, end_ms, x, y (pixels of
// `screen`).
export function heatGrid(fixations, screen, t, columns, rows) {
  const grid = new Float32Array(columns * rows);
  const cell = screen.width_px / columns;
  const sigma = (SIGMA * screen.width_px) / cell;
  for (const { start_ms, end_ms, x, y } of fixations) {
    const lasted = Math.min(t, end_ms) - start_ms;
    if (lasted <= 0) continue;
    const across = bell(x / cell - 0.5, sigma, columns);
    const down = bell(y / cell - 0.5, sigma, rows);
    for (const [row, tall] of down) for (const [column, wide] of across) grid[row * columns + column] += lasted * tall * wide;
  }
  return grid;
}

// [[index, weight]] of a Gaussian around `centre`, 1 at its top, within 0 … length - 1.
function bell(centre, sigma, length) {
  const found = [];
  const last = Math.min(length - 1, Math.floor(centre + REACH * sigma));
  for (let i = Math.max(0, Math.ceil(centre - REACH * sigma)); i <= last; i++) {
    found.push([i, Math.exp(-(((i - centre) / sigma) ** 2) / 2)]);
  }
  return found;
}

// 256 colours of four bytes, from nothing to the hottest.
function palette() {
  const colours = new Uint8ClampedArray(256 * 4);
  for (let i = 0; i < 256; i++) {
    const share = i / 255;
    const above = Math.max(1, INKS.findIndex(([stop]) => stop >= share));
    const [[low, ...from], [high, ...to]] = [INKS[above - 1], INKS[above]];
    const mix = from.map((value, k) => value + ((to[k] - value) * (share - low)) / (high - low));
    colours.set([mix[0], mix[1], mix[2], mix[3] * 255], i * 4);
  }
  return colours;
}

export class Heat {
  // `screen`: {width_px, height_px}, the pixels in which the fixations count.
  constructor(fixations, screen) {
    Object.assign(this, { fixations, screen });
    this.rows = Math.max(1, Math.round((COLUMNS * screen.height_px) / screen.width_px));
    this.small = Object.assign(document.createElement("canvas"), { width: COLUMNS, height: this.rows });
    this.pixels = new ImageData(COLUMNS, this.rows);
    this.colours = palette();
  }

  draw(context, width, height, t) {
    const grid = heatGrid(this.fixations, this.screen, t, COLUMNS, this.rows);
    const hottest = grid.reduce((most, value) => Math.max(most, value), LEAST_MS);
    const { data } = this.pixels;
    for (let i = 0; i < grid.length; i++) {
      const colour = Math.round((grid[i] / hottest) * 255) * 4;
      for (let k = 0; k < 4; k++) data[i * 4 + k] = this.colours[colour + k];
    }
    this.small.getContext("2d").putImageData(this.pixels, 0, 0);
    context.imageSmoothingQuality = "high";
    context.drawImage(this.small, 0, 0, width, height);
  }
}
