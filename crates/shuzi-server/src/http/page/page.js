const $ = (id) => document.getElementById(id);
const paper = $("paper"), pen = paper.getContext("2d");
const WIDTH = 900, HEIGHT = 320;
let last = null;    // where the pen was
let drawn = false;  // whether the paper is a drawing, not a picture
let asked = 0;      // answers to older questions are left alone
let timer = 0;

function clear() {
  asked++;
  clearTimeout(timer);
  paper.width = WIDTH; paper.height = HEIGHT;
  pen.fillStyle = "#fff"; pen.fillRect(0, 0, WIDTH, HEIGHT);
  drawn = true;
  tell("", "", "");
}

function tell(number, kind, why) {
  $("number").textContent = number; $("number").className = kind;
  $("why").textContent = why; $("digits").hidden = true;
}

function place(event) {
  const box = paper.getBoundingClientRect(), edge = 2;
  return [(event.clientX - box.left - edge) * paper.width / (box.width - 2 * edge),
          (event.clientY - box.top - edge) * paper.height / (box.height - 2 * edge)];
}

paper.addEventListener("pointerdown", (event) => {
  if (!drawn) clear();
  clearTimeout(timer);
  paper.setPointerCapture(event.pointerId);
  last = place(event);
  stroke(last);
});
paper.addEventListener("pointermove", (event) => {
  if (!last) return;
  const now = place(event);
  stroke(now);
  last = now;
});
for (const end of ["pointerup", "pointercancel"]) {
  paper.addEventListener(end, () => {
    if (!last) return;
    last = null;
    timer = setTimeout(readDrawing, 600);
  });
}
function stroke(to) {
  pen.strokeStyle = "#111"; pen.lineWidth = 9; pen.lineCap = pen.lineJoin = "round";
  pen.beginPath(); pen.moveTo(...last); pen.lineTo(...to); pen.stroke();
}

function readDrawing() {
  clearTimeout(timer);
  if (drawn) paper.toBlob((blob) => blob && read(blob, false), "image/png");
}

// The token stays in this tab: no cookie that another page could make use of.
const TOKEN = "shuzi-token";
let unread = null;  // what was not read for want of a token
$("who").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN, $("token").value.trim());
  $("who").hidden = true;
  if (unread) read(...unread);
});
function headers() {
  const token = sessionStorage.getItem(TOKEN);
  const kind = { "content-type": "application/octet-stream" };
  return token ? { ...kind, authorization: "Bearer " + token } : kind;
}

// Reads a picture; `show` puts it on the paper with its boxes.
async function read(blob, show) {
  const mine = ++asked;
  tell("…", "", "");
  let reply, record;
  try {
    reply = await fetch("/v1/read", { method: "POST", body: blob, headers: headers() });
    record = await reply.json();
  } catch (error) {
    if (mine === asked) tell("", "", "No answer from the server: " + error.message);
    return;
  }
  if (mine !== asked) return;
  const digits = (record) => record.numbers.flatMap((number) => number.digits);
  if (show) await picture(blob, reply.ok ? digits(record) : []);
  if (reply.status === 401) {
    unread = [blob, show];
    $("who").hidden = false;
    $("token").focus();
  }
  if (!reply.ok) { tell("", "", record.error); return; }
  const percent = (p) => (100 * p).toFixed(1) + " %";
  const reasons = (record.reasons || []).map((reason) => reason.message).join("; ");
  tell(record.text || "no digits", record.accepted ? "accepted" : "unsure",
    record.accepted ? "Right with " + percent(record.confidence) + "." : "Not accepted: " + reasons + ".");
  const rows = digits(record).map((digit) => {
    const row = document.createElement("tr");
    const others = digit.candidates.filter(([value]) => value !== digit.digit).slice(0, 2);
    for (const text of [digit.digit, percent(digit.confidence),
      others.map(([value, p]) => value + " " + percent(p)).join(", ")]) {
      const cell = document.createElement("td");
      cell.textContent = text;
      row.append(cell);
    }
    return row;
  });
  $("digits").tBodies[0].replaceChildren(...rows);
  $("digits").hidden = rows.length === 0;
}

// Pictures that the browser can't show (TIFF, PNM) are read all the same.
async function picture(blob, digits) {
  drawn = false;
  let image;
  try { image = await createImageBitmap(blob); } catch { return; }
  const scale = Math.min(1, 1600 / Math.max(image.width, image.height));
  paper.width = Math.max(1, image.width * scale);
  paper.height = Math.max(1, image.height * scale);
  pen.drawImage(image, 0, 0, paper.width, paper.height);
  pen.strokeStyle = "#18794e"; pen.lineWidth = Math.max(1, paper.width / 400);
  for (const { box: [x, y, width, height] } of digits) {
    pen.strokeRect(x * scale, y * scale, width * scale, height * scale);
  }
}

$("read").addEventListener("click", readDrawing);
$("clear").addEventListener("click", clear);
$("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) read(file, true);
  event.target.value = "";
});
addEventListener("dragover", (event) => { event.preventDefault(); paper.classList.add("over"); });
addEventListener("dragleave", () => paper.classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  paper.classList.remove("over");
  const [file] = event.dataTransfer.files;
  if (file) read(file, true);
});
addEventListener("paste", (event) => {
  const [file] = event.clipboardData.files;
  if (file) read(file, true);
});
clear();
