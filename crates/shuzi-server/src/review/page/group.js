// All that was read as one digit: mark what is something else, Enter accepts the rest.

import * as api from "./api.js";
import { make } from "./dom.js";

const COUNT = 80;
const SIDE = 28;

// Ink is high in the file, dark on the screen.
function draw(canvas, pixels) {
  const image = new ImageData(SIDE, SIDE);
  const bytes = atob(pixels);
  for (let place = 0; place < bytes.length; place++) {
    const grey = 255 - bytes.charCodeAt(place);
    image.data.set([grey, grey, grey, 255], 4 * place);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function tile(glyph, place) {
  const canvas = make("canvas", { width: SIDE, height: SIDE });
  if (glyph.pixels) draw(canvas, glyph.pixels);
  const button = make("button", { type: "button", className: "glyph", ariaLabel: "digit " + (place + 1) }, canvas);
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => mark(button));
  return button;
}

function mark(button) {
  button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
}

export async function screen(frame) {
  const group = await api.group(COUNT, frame.filter());
  if (!group) return { element: make("p", {}, "No digits to look at: Alt+2 for what is to be keyed.") };
  const tiles = group.glyphs.map(tile);
  const grid = make("div", { className: "grid" }, ...tiles);
  const accept = () => {
    const marked = (tile) => tile.getAttribute("aria-pressed") === "true";
    const of = (wanted) => group.glyphs.filter((_, place) => marked(tiles[place]) === wanted).map((glyph) => glyph.glyph);
    frame.act({ group: { accepted: of(false), outliers: of(true) } });
  };
  const rest = make("button", { type: "button" }, "Accept the rest");
  rest.addEventListener("click", accept);
  grid.addEventListener("keydown", (event) => {
    const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    const place = tiles.indexOf(document.activeElement);
    if (step && tiles[place + step]) {
      event.preventDefault();
      tiles[place + step].focus();
    } else if (event.key === "Enter") {
      event.preventDefault();
      accept();
    }
  });
  const element = make("section", {},
    make("h1", {}, "All " + tiles.length + " are a " + group.heading + "?"), grid, rest,
    make("p", { className: "keys" }, "Arrows: go. Space: this is something else. Enter: accept the rest. Ctrl+Z: undo."));
  return { element, focus: () => tiles[0].focus() };
}
