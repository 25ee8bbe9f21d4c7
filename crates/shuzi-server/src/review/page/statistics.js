// Measured, not believed.

import * as api from "./api.js";
import { make } from "./dom.js";

const percent = (p, digits = 2) => (100 * p).toFixed(digits) + " %";

// A share with its bounds; of nothing, nothing is known.
const share = (of) => of.of === 0 ? "not known yet"
  : of.count + " of " + of.of + ": " + percent(of.share) + " (" + percent(of.low) + " to " + percent(of.high) + ")";

function table(headings, rows) {
  const line = (tag, cells) => make("tr", {}, ...cells.map((cell) => make(tag, {}, String(cell))));
  return make("table", {}, make("thead", {}, line("th", headings)), make("tbody", {}, ...rows.map((row) => line("td", row))));
}

export async function screen() {
  const all = await api.statistics();
  const element = make("section", {},
    make("h1", {}, "The stack"),
    table(["", "items"], [
      ["accepted by the reader", all.read], ["to key", all.open], ["to arbitrate", all.disputed],
      ["keyed", all.agreed], ["arbitrated", all.arbitrated], ["in all", all.items],
    ]),
    make("p", {}, "Wrong in the end, of what was known before: " + share(all.wrong) + ". Two clerks who key blind: " + percent(all.goal) + "."),
    make("h1", {}, "Operators"),
    table(["", "items", "digits", "keyed wrong, of what is known", "wrong digits left in a group", "seconds an item"],
      all.operators.map((one) => [one.operator, one.items, one.digits, share(one.wrong), share(one.missed),
        one.seconds_an_item === null ? "" : one.seconds_an_item.toFixed(1)])),
    make("p", { className: "keys" }, "Each bound holds with 95 %, by Clopper and Pearson."));
  return { element };
}
