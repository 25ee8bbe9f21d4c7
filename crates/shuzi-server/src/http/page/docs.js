const main = document.getElementById("main");
function add(to, tag, text) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  to.append(made);
  return made;
}
function row(table, ...texts) {
  const line = table.insertRow();
  for (const text of texts) line.insertCell().textContent = text;
}
// A schema in a few words.
function kind(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.items) return "[" + kind(schema.items) + "]";
  const several = schema.oneOf || schema.anyOf || schema.allOf;
  if (several) return several.map(kind).join(schema.allOf ? " and " : " or ");
  return [schema.type].flat().join(" or ");
}
const bodies = (content) => Object.entries(content || {})
  .map(([type, body]) => type + " " + kind(body.schema)).join(", ");
async function show() {
  const api = await (await fetch("/openapi.json")).json();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, what] of Object.entries(methods)) {
      add(main, "h2", method.toUpperCase() + " " + path);
      add(main, "p", [what.summary, what.description].filter(Boolean).join(". "));
      const table = add(main, "table");
      for (const one of what.parameters || []) {
        row(table, one.name + " (" + one.in + ")", (one.description || "") + " " + kind(one.schema));
      }
      if (what.requestBody) row(table, "body", bodies(what.requestBody.content));
      for (const [status, one] of Object.entries(what.responses)) {
        row(table, status, one.description + (one.content ? ": " + bodies(one.content) : ""));
      }
    }
  }
  add(main, "h2", "Values");
  for (const [name, schema] of Object.entries(api.components.schemas)) {
    const box = add(main, "details");
    add(box, "summary", name);
    add(box, "pre", JSON.stringify(schema, null, 2));
  }
}
show().catch((error) => add(main, "p", "openapi.json can't be read: " + error.message));
