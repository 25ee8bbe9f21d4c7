// One number after another: see it, type it, Enter.

import * as api from "./api.js";
import { make } from "./dom.js";

export const picture = (task) => task.crop
  ? make("img", { className: "crop", alt: "the number to key", src: "data:image/png;base64," + task.crop })
  : make("p", {}, "The picture was forgotten.");

export const about = (task) => make("div", {},
  make("p", {}, task.row + " · " + task.field),
  task.rule ? make("p", {}, "It has to obey: " + task.rule) : "",
  task.reasons.length ? make("p", {}, task.reasons.join("; ")) : "",
  task.neighbours.length
    ? make("p", {}, "Beside it: " + task.neighbours.map(([field, value]) => field + " " + value).join(", ")) : "");

export const entry = () => make("input", { className: "number", autocomplete: "off", inputMode: "decimal",
  maxLength: 64, ariaLabel: "the number" });

export async function screen(frame) {
  const task = await api.next("field", frame.filter());
  if (!task) return { element: make("p", {}, "Nothing to key.") };
  const input = entry();
  const form = make("form", {}, input, make("button", {}, "Next"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    frame.act({ key: { item: task.item, text: input.value.trim() } });
  });
  const read = task.proposed === null ? "" : make("p", {},
    "Read as " + (task.proposed || "nothing") + ", " + (100 * task.confidence).toFixed(1) + " %");
  const element = make("section", {}, about(task), picture(task), read, form,
    make("p", { className: "keys" }, "Enter: next. ?: can't be read. Empty: nothing is written. Ctrl+Z: undo."));
  return { element, focus: () => input.focus() };
}
