// Two people keyed something else: a third decides.

import * as api from "./api.js";
import { make } from "./dom.js";
import { about, entry, picture } from "./field.js";

export async function screen(frame) {
  const task = await api.next("arbitrate", frame.filter());
  if (!task) return { element: make("p", {}, "Nothing to arbitrate.") };
  const input = entry();
  const say = (text) => frame.act({ arbitrate: { item: task.item, text } });
  const choices = task.said.map((text) => {
    const button = make("button", { type: "button", className: "number" }, text || "(nothing)");
    button.addEventListener("click", () => say(text));
    return button;
  });
  const form = make("form", {}, input, make("button", {}, "Neither: this"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    say(input.value.trim());
  });
  const stops = [...choices, input];
  const element = make("section", {}, about(task), picture(task), make("div", {}, ...choices), form,
    make("p", { className: "keys" }, "Up, down: choose. Enter: that it is. ?: can't be read. Ctrl+Z: undo."));
  element.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const place = stops.indexOf(document.activeElement);
    stops[(place + step + stops.length) % stops.length].focus();
  });
  return { element, focus: () => stops[0].focus() };
}
