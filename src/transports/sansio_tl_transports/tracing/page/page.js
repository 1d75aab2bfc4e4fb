"use strict";
const trace = JSON.parse(document.getElementById("trace").textContent);
const events = trace.events;
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1200, LEFT = 16, RIGHT = 16;
const byId = (id) => document.getElementById(id);

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

const place = (event) => event.connection === null ? event.part : `${event.part} ${event.connection}`.trim();
const milliseconds = (time) => time.toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const duration = (time) => time >= 1000 ? `${+(time / 1000).toPrecision(3)} s` : `${+time.toPrecision(3)} ms`;

// -- the scale of time: idle times can be shortened ------------------------------------------------------------------

function makeScale(shorten) {
  const times = [...new Set(events.map((event) => event.time))].sort((a, b) => a - b);
  const total = times.length ? times[times.length - 1] - times[0] : 0;
  const longest = shorten ? Math.max(total / 40, 1) : Infinity;
  const points = [];
  let at = 0;
  times.forEach((time, index) => {
    if (index) at += Math.min(time - times[index - 1], longest);
    points.push([time, at]);
  });
  const whole = at || 1, plotWidth = WIDTH - LEFT - RIGHT;
  const positions = new Map(points.map(([time, value]) => [time, LEFT + value / whole * plotWidth]));
  return { x: (time) => positions.get(time), points: points.map(([time, value]) => [time, LEFT + value / whole * plotWidth]) };
}

function drawAxis(svg, scale, y) {
  svg.append(shape("line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y }));
  let last = -Infinity;
  for (const [time, x] of scale.points) {
    if (x - last < 110) continue;
    last = x;
    svg.append(shape("line", { class: "axis", x1: x, x2: x, y1: y - 4, y2: y + 4 }));
    if (x < WIDTH - 90) svg.append(shape("text", { x: x + 3, y: y + 14 }, milliseconds(time)));
  }
}

// -- what is chosen ---------------------------------------------------------------------------------------------------

const marks = new Map(), rows = new Map();
let chosen = null;

function idsOf(event) {
  const fields = event.fields, ids = new Set(fields.refers_to || []);
  if (fields.msg_id) ids.add(fields.msg_id);
  return ids;
}

function isRelated(one, other) {
  if (one.part !== other.part) return false;
  if (one.fields.request !== undefined && one.fields.request === other.fields.request) return true;
  const ids = idsOf(one);
  for (const id of idsOf(other)) if (ids.has(id)) return true;
  return one.fields.msg_id !== undefined && one.fields.msg_id === other.fields.container;
}

function show(event) {
  const list = element("dl", {});
  for (const [name, value] of Object.entries(event.fields)) {
    const text = Array.isArray(value) ? value.join(", ") : String(value);
    list.append(element("dt", {}, name), element("dd", {}, text));
  }
  byId("details").replaceChildren(element("strong", {}, event.name), ` at ${milliseconds(event.time)} ms: ${event.text}`, list);
}

function choose(event, scroll) {
  chosen = event;
  show(event);
  events.forEach((other, index) => {
    const row = rows.get(index), mark = marks.get(index);
    if (row) row.className = other === event ? "chosen" : isRelated(event, other) ? "related" : "";
    if (mark) mark.classList.toggle("chosen", other === event);
  });
  const row = rows.get(events.indexOf(event));
  if (row && scroll) row.scrollIntoView({ block: "center" });
}

// -- lanes ------------------------------------------------------------------------------------------------------------

function mark(event, index, x, y, radius) {
  const group = shape("g", { class: `mark ${event.style}`, "data-event": index });
  group.append(shape("circle", { cx: x, cy: y, r: radius }), shape("title", {}, event.text));
  group.addEventListener("mouseenter", () => show(event));
  group.addEventListener("mouseleave", () => { if (chosen) show(chosen); });
  group.addEventListener("click", () => choose(event, true));
  marks.set(index, group);
  return group;
}

function connectionLane(name, members, scale) {
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} 112`, role: "img", "aria-label": `time line of ${name}` });
  drawAxis(svg, scale, 56);
  const taken = { sent: -Infinity, received: -Infinity, state: -Infinity };
  const free = { sent: -Infinity, received: -Infinity, state: -Infinity };
  for (const index of members) {
    const event = events[index], exact = scale.x(event.time);
    const side = event.direction || "state";
    // Marks of one moment stand side by side, as long as that moves them little.
    const beside = taken[side] + (event.packet ? 5 : 9);
    const x = exact < beside && beside - exact < 48 ? beside : exact;
    taken[side] = x;
    const y = side === "sent" ? 30 : side === "received" ? 82 : 56;
    if (side !== "state") svg.append(shape("line", { class: event.style, x1: x, x2: x, y1: 56, y2: y, "stroke-opacity": .4 }));
    svg.append(mark(event, index, x, y, event.packet ? 2 : 4));
    const width = event.label.length * 6.2;
    if (event.label && x > free[side] && x + width < WIDTH) {
      const above = side === "sent" ? 18 : side === "received" ? 104 : 46;
      svg.append(shape("text", { class: "label", x: x - 3, y: above }, event.label));
      free[side] = x + width + 10;
    }
  }
  return svg;
}

function requestLane(part, scale) {
  const found = new Map();
  events.forEach((event, index) => {
    if (event.part !== part || event.fields.request === undefined) return;
    const request = event.fields.request;
    if (!found.has(request)) found.set(request, []);
    found.get(request).push(index);
  });
  if (!found.size) return null;
  const height = 18 * found.size + 26;
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": `requests of ${part}` });
  let y = 4;
  for (const members of found.values()) {
    const first = events[members[0]], last = events[members[members.length - 1]];
    const x1 = scale.x(first.time), x2 = scale.x(last.time);
    svg.append(shape("rect", { class: `bar ${last.style}`, x: x1, y: y + 1, width: Math.max(2, x2 - x1), height: 13, rx: 3 }));
    for (const index of members) svg.append(mark(events[index], index, scale.x(events[index].time), y + 7.5, 3));
    const end = last.fields.duration === undefined ? "" : `, ${duration(last.fields.duration * 1000)}`;
    const label = `${first.fields.request} ${first.fields.method}${last.fields.error ? ": " + last.fields.error : ""}${end}`;
    const fits = x2 + 8 + label.length * 6 < WIDTH;
    svg.append(shape("text", fits ? { class: "label", x: x2 + 8, y: y + 12 } : { class: "label", x: x1 - 8, y: y + 12, "text-anchor": "end" }, label));
    y += 18;
  }
  drawAxis(svg, scale, y + 4);
  return svg;
}

// -- the page ---------------------------------------------------------------------------------------------------------

function isShown(event) {
  const wanted = byId("connection").value, text = byId("find").value.toLowerCase();
  if (event.packet && !byId("packets").checked) return false;
  if (wanted && place(event) !== wanted) return false;
  return !text || event.text.toLowerCase().includes(text);
}

function draw() {
  marks.clear();
  rows.clear();
  const scale = makeScale(byId("gaps").checked), lanes = byId("lanes");
  const connections = new Map(), parts = new Set();
  const body = document.querySelector("#events tbody");
  body.replaceChildren();
  lanes.replaceChildren();
  events.forEach((event, index) => {
    parts.add(event.part);
    if (!isShown(event)) return;
    if (event.connection !== null) {
      if (!connections.has(place(event))) connections.set(place(event), []);
      if (event.fields.request === undefined) connections.get(place(event)).push(index);
    }
    const row = element("tr", { tabindex: "0", "data-event": index },
      element("td", { class: "time" }, milliseconds(event.time)), element("td", {}, place(event)),
      element("td", {}, event.area), element("td", { class: event.style }, event.text));
    row.addEventListener("click", () => choose(event, false));
    row.addEventListener("keydown", (pressed) => { if (pressed.key === "Enter") choose(event, false); });
    rows.set(index, row);
    body.append(row);
  });
  for (const part of parts) {
    const lane = requestLane(part, scale);
    if (lane) lanes.append(element("h2", {}, part ? `Requests of ${part}` : "Requests"), lane);
  }
  for (const [name, members] of connections) {
    lanes.append(element("h2", {}, `Connection ${name}`), connectionLane(name, members, scale));
  }
  byId("count").textContent = `${rows.size} of ${events.length}`;
  if (chosen) choose(chosen, false);
}

const select = byId("connection");
for (const name of new Set(events.filter((event) => event.connection !== null).map(place))) {
  select.append(element("option", { value: name }, name));
}
byId("summary").textContent = trace.summary;
for (const id of ["connection", "packets", "gaps"]) byId(id).addEventListener("change", draw);
byId("find").addEventListener("input", draw);
draw();
